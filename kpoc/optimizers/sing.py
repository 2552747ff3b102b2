"""SING: Adam on gradients that are centred and normalised per tensor."""

import math

import keras
from keras import ops

from kpoc.optimizers._base import PerTensorOptimizer, check_arguments
from kpoc.optimizers._registry import register
from kpoc.optimizers._tensors import (
    DEFAULT_FUSED,
    LAYOUTS,
    centred,
    check_rules,
    fused_shape,
    is_count,
    layout_axes,
    tensor_norm,
)

_EXP_IS_FINITE = 80.0  # in float32


@register("sing")
@keras.saving.register_keras_serializable(package="kpoc")
class SING(PerTensorOptimizer):
    r"""SING as its authors ship it.

    For each tensor with the gradient g, the parameters p and the step t = 1, 2, ...::

        g <- g - mean of g over each output unit          (centralize)
        g <- g / (||g||_2 + epsilon)                      (normalize; the whole tensor)
        p <- p - lr * weight_decay * p                    (decoupled)
        m <- beta_1 m + (1 - beta_1) g
        v <- beta_2 v + (1 - beta_2) g^2
        d <- sqrt(v / (1 - beta_2^t))
        d <- log(1 + exp(softplus d)) / softplus          (or d + epsilon without)
        p <- p - lr / (1 - beta_1^t) * m / d
        every lookahead_steps steps:
            p <- lookahead_alpha p + (1 - lookahead_alpha) slow;  slow <- p

    The norm of every gradient is 1 (it is not the standard deviation, in spite of the
    paper's title), so the gradient's scale has no effect: neither loss scaling nor a
    constant factor of the loss changes the path. Scalars, vectors and biases are
    normalised but neither centred nor decayed. Units of a single number (an embedding
    of width 1, a dense layer on one feature) are not centred either: their gradient
    would be 0 for ever, as it is in the authors' code.

    The softplus and the look-ahead are not in the paper's abstract, but in the code and
    on by default there, hence here. The softplus keeps the denominator above
    log(2) / softplus = 0.0139, which damps tensors whose normalised gradient is small
    in every element (large tensors). `softplus=None, lookahead_steps=None` gives the
    plain algorithm; with `centralize=False, normalize=False` as well it is AdamW with
    the decay on kernels only.

    With Keras' `gradient_accumulation_steps` t counts updates. Averages (`use_ema`) see
    the parameters after the look-ahead.

    Args:
        learning_rate: float, schedule or callable. Defaults to 5e-3, as in the authors'
            code: gradients of norm 1 want more than Adam's 1e-3.
        weight_decay: decoupled decay, multiplied by the learning rate. Defaults to 0.0.
        beta_1: decay of the first moment, in [0, 1). Defaults to 0.9.
        beta_2: decay of the second moment, in [0, 1). Defaults to 0.999.
        softplus: sharpness of the softplus on the denominator, or None for
            `+ epsilon`. Defaults to 50.0.
        lookahead_steps: steps between two look-aheads, or None for none (which saves a
            copy of the parameters). Defaults to 5.
        lookahead_alpha: weight of the fast parameters, in [0, 1]. Defaults to 0.5.
        centralize: whether to centre the gradients. Defaults to True.
        normalize: whether to normalise the gradients. Defaults to True.
        epsilon: keeps the divisions finite. Defaults to 1e-8.
        fused: dict of regular expression on a variable's path to the number of tensors
            that lie along its last axis, each of which is normalised by itself. None,
            the default, means 3 for what is called "qkv".
        layouts: dict of regular expression on a variable's path to the layout by which
            it is centred: "kernel" (over all axes but the last), "depthwise" (over all
            but the last two), "projection" (over the first), "embedding" (over all but
            the first) or "vector" (not at all). Looked up before the rules built in:
            biases are vectors; "depthwise", "dwconv" or the word "dw" in the path;
            query, key and value kernels of Keras' attention are projections; names that
            end in embedding, embeddings, _token or pos_embed are embeddings. Defaults
            to None.
        name: name of the optimizer. Defaults to "sing".
        **kwargs: Keras' own: clipnorm, clipvalue, global_clipnorm, use_ema,
            ema_momentum, ema_overwrite_frequency, loss_scale_factor,
            gradient_accumulation_steps.

    Raises:
        ValueError: if an argument is out of its range, or a fused variable can't be
            divided.

    Example:
        >>> import keras
        >>> from kpoc.optimizers import SING
        >>> p = keras.Variable([[1.0, 2.0], [3.0, 4.0]])
        >>> optimizer = SING(learning_rate=0.1, softplus=None, lookahead_steps=None)
        >>> gradient = keras.ops.array([[3.0, 0.0], [1.0, 8.0]])
        >>> optimizer.apply([gradient], [p])
        >>> print(keras.ops.convert_to_numpy(p).round(3))
        [[0.9 2.1]
         [3.1 3.9]]

    Reference:
        Courtois, Scieur, Arias, Morel, Facciolo, SING: A Plug-and-Play DNN Learning
        Technique, 2023, arXiv:2305.15997, and the authors' code.
    """

    def __init__(
        self,
        learning_rate=5e-3,
        weight_decay=0.0,
        beta_1=0.9,
        beta_2=0.999,
        softplus=50.0,
        lookahead_steps=5,
        lookahead_alpha=0.5,
        centralize=True,
        normalize=True,
        epsilon=1e-8,
        fused=None,
        layouts=None,
        name="sing",
        **kwargs,
    ):
        fused = DEFAULT_FUSED if fused is None else fused
        layouts = layouts or {}
        check_arguments(
            {
                "weight_decay": (weight_decay, "be at least 0", lambda x: x >= 0),
                "beta_1": (beta_1, "be in [0, 1)", lambda x: 0 <= x < 1),
                "beta_2": (beta_2, "be in [0, 1)", lambda x: 0 <= x < 1),
                "softplus": (
                    softplus,
                    "be > 0 or None",
                    lambda x: x is None or x > 0,
                ),
                "lookahead_steps": (
                    lookahead_steps,
                    "be an integer >= 1 or None",
                    lambda x: x is None or (x >= 1 and x % 1 == 0),
                ),
                "lookahead_alpha": (
                    lookahead_alpha,
                    "be in [0, 1]",
                    lambda x: 0 <= x <= 1,
                ),
                "epsilon": (epsilon, "be > 0", lambda x: x > 0),
            }
        )
        check_rules("fused", fused, is_count)
        check_rules("layouts", layouts, lambda layout: layout in LAYOUTS)
        super().__init__(learning_rate, weight_decay=weight_decay, name=name, **kwargs)
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.softplus = softplus
        self.lookahead_steps = None if lookahead_steps is None else int(lookahead_steps)
        self.lookahead_alpha = lookahead_alpha
        self.centralize = centralize
        self.normalize = normalize
        self.epsilon = epsilon
        self.fused = {pattern: int(parts) for pattern, parts in fused.items()}
        self.layouts = dict(layouts)

    def build(self, variables):
        """Makes the two moments, and the slow parameters of the look-ahead.

        Args:
            variables: the trainable variables.
        """
        if self.built:
            return
        super().build(variables)
        self._momentums, self._velocities = self.add_optimizer_variables(
            variables, ["momentum", "velocity"]
        )
        if self.lookahead_steps is not None:
            self._slow = self.add_optimizer_variables(variables, "slow")
        self._axes = [layout_axes(v, self.layouts) for v in variables]
        self._parts = [fused_shape(v, self.fused) for v in variables]
        self._decays = [
            len(axes) > 0 and self._use_weight_decay(v)
            for v, axes in zip(variables, self._axes, strict=True)
        ]

    def update_step(self, gradient, variable, learning_rate):
        """One step of one variable."""
        index = self._get_variable_index(variable)
        dtype = self.compute_dtype(variable)
        lr = ops.cast(learning_rate, dtype)
        step = ops.cast(self.iterations + 1, dtype)
        g = self.dense(gradient, dtype)
        if self.centralize:
            g = centred(g, self._axes[index])
        if self.normalize:
            g = g / (tensor_norm(g, self._parts[index]) + self.epsilon)

        m = ops.cast(self._momentums[index], dtype)
        v = ops.cast(self._velocities[index], dtype)
        m = m + (g - m) * (1.0 - self.beta_1)
        v = v + (ops.square(g) - v) * (1.0 - self.beta_2)
        self.assign(self._momentums[index], m)
        self.assign(self._velocities[index], v)

        rate = lr / _bias_correction(self.beta_1, step)
        scale = ops.rsqrt(_bias_correction(self.beta_2, step))
        if self.softplus is None:
            denominator = ops.sqrt(v) * scale + self.epsilon
        else:
            # What can be multiplied as a scalar is: each pass over a tensor counts.
            denominator = self._softplus(ops.sqrt(v) * (scale * self.softplus))
            rate = rate * self.softplus
        start = ops.cast(variable, dtype)
        # asked at each step: it may be set on an optimizer that was loaded
        decays = self.weight_decay and self._decays[index]
        kept = start * (1.0 - lr * self.weight_decay) if decays else start
        new = kept - rate * m / denominator
        if self.lookahead_steps is not None:
            new = self._look_ahead(index, start, new)
        self.assign(variable, new)

    def _softplus(self, x):
        """log(1 + exp(x)) for x >= 0: the sum is at least 2 and loses no digits."""
        if self.normalize and self.softplus <= _EXP_IS_FINITE:
            # Half the time of the general one. Elements of a tensor of norm 1 are at
            # most 1, so that x is at most `softplus`.
            return ops.log(1.0 + ops.exp(x))
        return ops.softplus(x)

    def _look_ahead(self, index, start, new):
        # Selections, no `cond`: under XLA, branches cost many times the update, and on
        # an accelerator each waits for the host.
        count = self.iterations + 1
        merges = ops.equal(count % self.lookahead_steps, 0)
        slow = ops.cast(self._slow[index], new.dtype)
        # The slow parameters begin where training does, not where `build` was.
        slow = ops.where(ops.equal(count, 1), start, slow)
        share = ops.cast(merges, new.dtype) * (1.0 - self.lookahead_alpha)
        new = new + share * (slow - new)
        self.assign(self._slow[index], ops.where(merges, new, slow))
        return new

    def get_config(self):
        """The arguments, as plain JSON types."""
        return {
            **super().get_config(),
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
            "softplus": self.softplus,
            "lookahead_steps": self.lookahead_steps,
            "lookahead_alpha": self.lookahead_alpha,
            "centralize": self.centralize,
            "normalize": self.normalize,
            "epsilon": self.epsilon,
            "fused": dict(self.fused),
            "layouts": dict(self.layouts),
        }


def _bias_correction(beta, step):
    """1 - beta^t without the cancellation that costs float32 half its digits."""
    if beta == 0:
        return ops.ones_like(step)
    return -ops.expm1(step * math.log(beta))
