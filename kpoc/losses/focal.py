"""Focal loss on integer labels."""

import keras
import numpy as np
from keras import ops

from kpoc.losses._base import ClassificationLoss, at_least, nonnegative
from kpoc.losses._registry import register
from kpoc.losses.class_weights import check_class_weights, class_counts
from kpoc.losses.class_weights import class_weights as make_class_weights

# Takes a class out of a logsumexp. Finite, so that no gradient meets inf * 0, and
# far beyond any log-probability that float32 can tell from zero.
_EXCLUDED = 1e9


@register("focal", kinds=("binary", "categorical"))
@keras.saving.register_keras_serializable(package="kpoc")
class SparseCategoricalFocalCrossentropy(ClassificationLoss):
    r"""Focal loss between labels and logits: easy rows count less.

    `loss = -w_y * (1 - p_y)**gamma * log(p_y)`, with p the softmax of the logits and
    natural logarithms. Everything is computed from `log_softmax`, so that logits of
    any size give finite losses and gradients, for every `gamma >= 0`. Of soft labels q,
    as label smoothing and MixUp make them, it is the sum over the classes of q_k times
    the loss for class k.

    Args:
        gamma: Focusing parameter, >= 0; 0 is plain cross-entropy. Defaults to `2.0`,
            the value that the paper recommends.
        class_weights: `None` or one weight a class, `(K,)`. Defaults to `None`. The
            rows are weighted, the mean is a plain one (not divided by the weights).
        from_logits: Whether `y_pred` are logits. Defaults to `True`: probabilities
            that saturate have lost what the loss needs. With `False`, rows are
            scaled to sum to 1 and clipped from below at Keras' epsilon.
        weighted_probability: Where the class weight enters. Defaults to `False`: in
            front, p unweighted, as in the paper. `True` also puts it into
            `p_y = exp(w_y * log p_y)`, as the focal loss of the LDAM-DRW code does.
        reduction: As in Keras. Defaults to `"sum_over_batch_size"`.
        name: Name of the loss.
        dtype: As in Keras; half precision is computed in float32.

    Call arguments:
        y_true: Labels `(batch,)` or `(batch, 1)`, or one-hot `(batch, K)`; any
            further axes may stand between. Soft labels are shares `(batch, K)` that sum
            to 1, or for one logit the share of class 1, `(batch,)` or `(batch, 1)`. A
            label that is no class raises in arrays and in eager mode and gives NaN in a
            graph (what `fit` compiles), which cannot raise.
        y_pred: Logits `(batch, K)`, or `(batch, 1)`: the two classes [0, z].
        sample_weight: As in Keras.

    Raises:
        ValueError: an argument is out of range, or shapes do not fit.

    Example:
        >>> loss = SparseCategoricalFocalCrossentropy(gamma=2.0)
        >>> round(float(loss([0, 1], [[2.0, -1.0], [0.0, 0.5]])), 4)
        0.0338

    Reference:
        - [Focal Loss for Dense Object Detection (Lin et al., 2017)](
          https://arxiv.org/abs/1708.02002), eq. 5; here over K classes by softmax.
    """

    soft_labels = True

    def __init__(
        self,
        gamma=2.0,
        class_weights=None,
        from_logits=True,
        weighted_probability=False,
        reduction="sum_over_batch_size",
        name="sparse_categorical_focal_crossentropy",
        dtype=None,
    ):
        super().__init__(reduction=reduction, name=name, dtype=dtype)
        self.gamma = nonnegative("gamma", gamma)
        self.class_weights = class_weights
        self.from_logits = bool(from_logits)
        self.weighted_probability = bool(weighted_probability)

    @property
    def class_weights(self):
        """The class weights as given, or `None`."""
        return self._class_weights

    @class_weights.setter
    def class_weights(self, weights):
        if weights is not None:
            weights = check_class_weights(weights).tolist()
        self._class_weights = weights

    @classmethod
    def from_data(cls, y, num_classes=None, class_weights=None, **kwargs):
        """Makes the loss for the training labels `y`.

        Args:
            y: Integer labels of the training rows.
            num_classes: Number of classes. Defaults to the largest label plus one.
            class_weights: As in `__init__`, or a scheme of `kpoc.losses.class_weights`
                (`"balanced"`, `"effective_number"`) for the counts of `y`.
            **kwargs: Passed to `__init__`.

        Returns:
            The loss.
        """
        if isinstance(class_weights, str):
            counts = class_counts(y, num_classes)
            class_weights = make_class_weights(counts, class_weights)
        return cls(class_weights=class_weights, **kwargs)

    def two_classes(self, y_pred):
        if self.from_logits:
            return super().two_classes(y_pred)
        if y_pred.shape[-1] == 1:
            return ops.concatenate([1 - y_pred, y_pred], axis=-1)
        return y_pred

    def class_losses(self, labels, logits):
        if not self.from_logits:
            probs = logits / ops.sum(logits, axis=-1, keepdims=True)
            logits = ops.log(at_least(probs, keras.config.epsilon()))
        log_probs = ops.log_softmax(logits, axis=-1)
        # of each class, if it is the right one
        losses = -log_probs
        if self.class_weights is not None:
            weights = check_class_weights(self.class_weights, logits.shape[-1])
            losses = losses * ops.convert_to_tensor(weights, dtype=losses.dtype)
        if self.gamma != 0:
            if self.class_weights is not None and self.weighted_probability:
                modulation = _modulation_of_weighted(losses, self.gamma)
            else:
                modulation = ops.exp(self.gamma * _log_of_rest(log_probs))
            losses = losses * modulation
        return ops.sum(labels * losses, axis=-1)

    def get_config(self):
        return {
            **super().get_config(),
            "gamma": self.gamma,
            "class_weights": self.class_weights,
            "from_logits": self.from_logits,
            "weighted_probability": self.weighted_probability,
        }


def _log_of_rest(log_probs):
    """Returns log(1 - p) of each class, exact also where p rounds to 1.

    Only the likeliest class can have p > 1/2: there it is the sum of the others.
    """
    size = log_probs.shape[-1]
    likeliest = ops.one_hot(ops.argmax(log_probs, axis=-1), size, dtype=log_probs.dtype)
    others = ops.logsumexp(log_probs - _EXCLUDED * likeliest, axis=-1, keepdims=True)
    probs = ops.exp(log_probs) * (1 - likeliest)
    return ops.where(likeliest > 0, others, ops.log1p(-probs))


def _modulation_of_weighted(losses, gamma):
    tiny = np.finfo("float32").tiny
    return ops.power(at_least(-ops.expm1(-losses), tiny), gamma)
