"""LARS: momentum SGD with one trust ratio a tensor."""

import re
from collections.abc import Iterable

import keras
from keras import ops

from kpoc.optimizers._base import PerTensorOptimizer, check_arguments
from kpoc.optimizers._registry import register
from kpoc.optimizers._tensors import (
    DEFAULT_FUSED,
    check_rules,
    fused_shape,
    is_count,
    layout_axes,
    path_of,
    tensor_norm,
)


@register("lars")
@keras.saving.register_keras_serializable(package="kpoc")
class LARS(PerTensorOptimizer):
    r"""Layer-wise adaptive rate scaling, as SimCLR trains with it.

    For each tensor with the gradient g and the parameters p::

        g <- g + weight_decay * p                         (coupled, unless excluded)
        trust = trust_coefficient * ||p|| / ||g||         (1 if either norm is 0, or if
                                                           excluded from adaptation)
        v <- momentum * v + lr * trust * g
        p <- p - v          (nesterov: p - momentum * v - lr * trust * g)

    The decay enters the norm of g, and the learning rate sits inside the momentum.
    With `classic_momentum=False` the momentum is taken first, on g alone, and the trust
    ratio and the learning rate apply to what comes out.

    Args:
        learning_rate: float, schedule or callable. It has no default; SimCLR takes 0.3
            times batch size / 256, or 0.075 times the square root of the batch size.
        momentum: decay of the momentum, in [0, 1). Defaults to 0.9.
        weight_decay: decay, added to the gradient (unlike Keras' own, which is
            decoupled). Defaults to 0.0; SimCLR pre-trains with 1e-6.
        trust_coefficient: `eeta` of the authors' code. Defaults to 1e-3.
        nesterov: whether to look one step ahead. Defaults to False.
        classic_momentum: whether the learning rate sits inside the momentum. Defaults
            to True.
        weight_decay_exclude: regular expressions, searched in the paths of variables
            ("dense/kernel") that shall not decay; `()` for none. None, the default,
            excludes what has at most one axis, and biases: norms and biases, whatever
            they are called. (`exclude_from_weight_decay()` of Keras counts as well.)
        layer_adaptation_exclude: the same for the trust ratio. None, the default,
            excludes what `weight_decay_exclude` does; unlike in the authors' code,
            `()` means none.
        fused: dict of regular expression on a variable's path to the number of tensors
            that lie along its last axis, each with its own trust ratio. None, the
            default, means 3 for what is called "qkv".
        name: name of the optimizer. Defaults to "lars".
        **kwargs: Keras' own: clipnorm, clipvalue, global_clipnorm, use_ema,
            ema_momentum, ema_overwrite_frequency, loss_scale_factor,
            gradient_accumulation_steps.

    Raises:
        ValueError: if an argument is out of its range, or a fused variable can't be
            divided.

    Example:
        >>> import keras
        >>> from kpoc.optimizers import LARS
        >>> kernel = keras.Variable([[3.0], [4.0]])
        >>> optimizer = LARS(learning_rate=1.0, trust_coefficient=0.1)
        >>> optimizer.apply([keras.ops.array([[0.0], [10.0]])], [kernel])
        >>> keras.ops.convert_to_numpy(kernel).round(3).tolist()
        [[3.0], [3.5]]

    Reference:
        You, Gitman, Ginsburg, Large Batch Training of Convolutional Networks, 2017,
        arXiv:1708.03888; Chen et al., A Simple Framework for Contrastive Learning of
        Visual Representations, 2020, arXiv:2002.05709, and the latter's code.
    """

    def __init__(
        self,
        learning_rate,
        momentum=0.9,
        weight_decay=0.0,
        trust_coefficient=1e-3,
        nesterov=False,
        weight_decay_exclude=None,
        layer_adaptation_exclude=None,
        classic_momentum=True,
        fused=None,
        name="lars",
        **kwargs,
    ):
        fused = DEFAULT_FUSED if fused is None else fused
        check_arguments(
            {
                "momentum": (momentum, "be in [0, 1)", lambda x: 0 <= x < 1),
                "weight_decay": (weight_decay, "be at least 0", lambda x: x >= 0),
                "trust_coefficient": (trust_coefficient, "be > 0", lambda x: x > 0),
            }
        )
        check_rules("fused", fused, is_count)
        weight_decay_exclude = _patterns("weight_decay_exclude", weight_decay_exclude)
        layer_adaptation_exclude = _patterns(
            "layer_adaptation_exclude", layer_adaptation_exclude
        )
        super().__init__(learning_rate, weight_decay=weight_decay, name=name, **kwargs)
        self.momentum = momentum
        self.trust_coefficient = trust_coefficient
        self.nesterov = nesterov
        self.classic_momentum = classic_momentum
        self.weight_decay_exclude = weight_decay_exclude
        self.layer_adaptation_exclude = layer_adaptation_exclude
        self.fused = {pattern: int(parts) for pattern, parts in fused.items()}

    def build(self, variables):
        """Makes the momentum, and settles which variables decay and adapt.

        Args:
            variables: the trainable variables.
        """
        if self.built:
            return
        super().build(variables)
        self._momentums = self.add_optimizer_variables(variables, "momentum")
        self._parts = [fused_shape(v, self.fused) for v in variables]
        no_decay, no_trust = self.weight_decay_exclude, self.layer_adaptation_exclude
        no_trust = no_decay if no_trust is None else no_trust
        self._decays = [
            not _excluded(v, no_decay) and self._use_weight_decay(v) for v in variables
        ]
        self._adapts = [not _excluded(v, no_trust) for v in variables]

    def update_step(self, gradient, variable, learning_rate):
        """One step of one variable."""
        index = self._get_variable_index(variable)
        dtype = self.compute_dtype(variable)
        lr = ops.cast(learning_rate, dtype)
        g = self.dense(gradient, dtype)
        p = ops.cast(variable, dtype)
        v = ops.cast(self._momentums[index], dtype)
        # asked at each step: it may be set on an optimizer that was loaded
        if self.weight_decay and self._decays[index]:
            g = g + self.weight_decay * p
        if self.classic_momentum:
            scaled = lr * self._trust(index, p, g) * g
            v = self.momentum * v + scaled
            update = self.momentum * v + scaled if self.nesterov else v
        else:
            v = self.momentum * v + g
            direction = self.momentum * v + g if self.nesterov else v
            update = lr * self._trust(index, p, direction) * direction
        self.assign(self._momentums[index], v)
        self.assign(variable, p - update)

    def _trust(self, index, parameters, direction):
        if not self._adapts[index]:
            return 1.0
        numerator = tensor_norm(parameters, self._parts[index])
        denominator = tensor_norm(direction, self._parts[index])
        usable = ops.logical_and(numerator > 0, denominator > 0)
        ratio = numerator / ops.where(usable, denominator, ops.ones_like(denominator))
        return ops.where(usable, self.trust_coefficient * ratio, ops.ones_like(ratio))

    def get_config(self):
        """The arguments, as plain JSON types."""
        return {
            **super().get_config(),
            "momentum": self.momentum,
            "trust_coefficient": self.trust_coefficient,
            "nesterov": self.nesterov,
            "classic_momentum": self.classic_momentum,
            "weight_decay_exclude": _listed(self.weight_decay_exclude),
            "layer_adaptation_exclude": _listed(self.layer_adaptation_exclude),
            "fused": dict(self.fused),
        }


def _patterns(name, patterns):
    if patterns is None:
        return None
    if isinstance(patterns, str) or not isinstance(patterns, Iterable):
        raise ValueError(
            f"`{name}` must be a list of regular expressions. "
            f"Received: {name}={patterns!r}"
        )
    check_rules(name, dict.fromkeys(patterns), lambda value: True)
    return list(patterns)


def _listed(patterns):
    return None if patterns is None else list(patterns)


def _excluded(variable, patterns):
    if patterns is None:
        return not layout_axes(variable, {})
    return any(re.search(pattern, path_of(variable)) for pattern in patterns)
