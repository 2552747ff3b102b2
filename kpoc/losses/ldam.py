"""Label-distribution-aware margin loss."""

import keras
import numpy as np
from keras import ops

from kpoc.losses._base import (
    ClassificationLoss,
    divide,
    nonnegative,
    one_of,
    positive,
)
from kpoc.losses._registry import register
from kpoc.losses.class_weights import check_class_weights, check_counts, class_counts
from kpoc.losses.class_weights import class_weights as make_class_weights

_NAMED_WEIGHTS = ("margins", "balanced", "effective_number")


@register("ldam", kinds=("binary", "categorical"))
@keras.saving.register_keras_serializable(package="kpoc")
class LDAMLoss(ClassificationLoss):
    r"""Cross-entropy in which rare classes must win by a larger margin.

    `margin_j = max_margin * (n_j / min n)**(-1/4)`: the rarest class gets
    `max_margin`. `loss = -log softmax(scale * (z - margin_y * onehot(y)))_y`.

    With `class_weights` w the rows are multiplied by w_y, and the loss is divided by
    the mean of w_y over the batch, so that the default reduction gives
    `sum(w_y * loss) / sum(w_y)`, a weighted mean as in the authors' code. That mean is
    taken over what the reduction divides by: with `"mean_with_sample_weight"` it is
    weighted by the sample weights too, and a row of weight zero is as if absent (its
    label must be a class all the same, since NaN times zero is NaN); with the other
    reductions all rows of the batch count, as in Keras. A batch (or a replica's share
    of one) is then normalised by itself: where the gradient must be the mean over
    micro-batches or replicas, use `normalize="dataset"`.

    Args:
        class_counts: Training rows of each class, `(K,)`, all > 0; two for one logit.
        max_margin: Margin of the rarest class, >= 0; 0 is plain cross-entropy.
            Defaults to `0.5`, the authors' value.
        scale: Multiplies all logits, > 0. Defaults to `1.0`, for a plain dense layer.
            The authors use 30, which presumes cosine logits in [-1, 1].
        class_weights: `None`, one weight a class `(K,)`, or a name: `"margins"` (the
            margins themselves), `"balanced"`, `"effective_number"` (see
            `kpoc.losses.class_weights`). Defaults to `None`.
        normalize: What weighted rows are divided by: `"batch"`, the mean weight of the
            batch, or `"dataset"`, the mean weight of the training rows by
            `class_counts`. Defaults to `"batch"`, as the authors'.
        reduction: As in Keras. Defaults to `"sum_over_batch_size"`.
        name: Name of the loss.
        dtype: As in Keras; half precision is computed in float32.

    Call arguments:
        y_true: Labels `(batch,)` or `(batch, 1)`, or one-hot `(batch, K)`. A label that
            is no class raises in arrays and in eager mode and gives NaN in a graph
            (what `fit` compiles); so do soft labels, as a margin belongs to one class.
        y_pred: Logits `(batch, K)`, or `(batch, 1)`: the two classes [0, z].
        sample_weight: As in Keras.

    Raises:
        ValueError: counts are not positive, their number is not K, or another argument
            is out of range.

    Example:
        >>> loss = LDAMLoss(class_counts=[900, 100])
        >>> round(float(loss([1, 0], [[0.0, 1.0], [2.0, 0.0]])), 4)
        0.3201

    Reference:
        - [Learning Imbalanced Datasets with Label-Distribution-Aware Margin Loss
          (Cao et al., 2019)](https://arxiv.org/abs/1906.07413), eq. 12 and 13.
    """

    def __init__(
        self,
        class_counts,
        max_margin=0.5,
        scale=1.0,
        class_weights=None,
        normalize="batch",
        reduction="sum_over_batch_size",
        name="ldam",
        dtype=None,
    ):
        super().__init__(reduction=reduction, name=name, dtype=dtype)
        counts = check_counts(class_counts)
        self.class_counts = counts.tolist()
        self.num_classes = len(counts)
        self.max_margin = nonnegative("max_margin", max_margin)
        self.scale = positive("scale", scale)
        self.normalize = one_of("normalize", normalize, ("batch", "dataset"))
        self.margins = self.max_margin * (counts / counts.min()) ** -0.25
        self.class_weights = class_weights

    @property
    def class_weights(self):
        """The class weights as given: a name, a list or `None`."""
        return self._class_weights

    @class_weights.setter
    def class_weights(self, weights):
        self.weight_vector = resolve_class_weights(
            weights, self.class_counts, self.margins
        )
        named = weights is None or isinstance(weights, str)
        self._class_weights = weights if named else self.weight_vector.tolist()

    @classmethod
    def from_data(cls, y, num_classes=None, **kwargs):
        """Makes the loss with the class counts of the training labels.

        Args:
            y: Integer labels of the training rows.
            num_classes: Number of classes. Defaults to the largest label plus one.
            **kwargs: Passed to `__init__`.

        Returns:
            The loss.
        """
        return cls(class_counts(y, num_classes), **kwargs)

    def __call__(self, y_true, y_pred, sample_weight=None):
        loss = super().__call__(y_true, y_pred, sample_weight)
        if self.weight_vector is None or self.normalize == "dataset":
            return loss
        if self.reduction != "mean_with_sample_weight":
            sample_weight = None
        weights, rows = (
            _ClassWeights(per_class, self.dtype)(y_true, y_pred, sample_weight)
            for per_class in (self.weight_vector, np.ones(self.num_classes))
        )
        return divide(loss, ops.cast(divide(weights, rows), loss.dtype))

    def class_losses(self, labels, logits):
        margins = ops.convert_to_tensor(self.margins, dtype=logits.dtype)
        logits = self.scale * (logits - labels * margins)
        loss = -ops.sum(labels * ops.log_softmax(logits, axis=-1), axis=-1)
        if self.weight_vector is None:
            return loss
        weights = self.weight_vector
        if self.normalize == "dataset":
            weights = weights / np.average(weights, weights=self.class_counts)
        return loss * _row_weights(labels, weights)

    def get_config(self):
        return {
            **super().get_config(),
            "class_counts": self.class_counts,
            "max_margin": self.max_margin,
            "scale": self.scale,
            "class_weights": self.class_weights,
            "normalize": self.normalize,
        }


class _ClassWeights(ClassificationLoss):
    """The class weights of the rows, summed by Keras as losses are.

    So masks and sample weights count in them as they do in the loss, on every backend.
    """

    def __init__(self, weights, dtype):
        # a sum, for Keras' means are float32 on PyTorch, whatever goes in
        super().__init__(reduction="sum", name="class_weights", dtype=dtype)
        self.weights = weights

    def class_losses(self, labels, logits):
        return _row_weights(labels, self.weights)


def _row_weights(labels, weights):
    weights = ops.convert_to_tensor(weights, dtype=labels.dtype)
    return ops.sum(labels * weights, axis=-1)


def resolve_class_weights(weights, counts, margins):
    """Returns the weights (K,) that a name or a list stands for, or None."""
    if weights is None:
        return None
    if not isinstance(weights, str):
        return check_class_weights(weights, len(counts))
    one_of("class_weights", weights, _NAMED_WEIGHTS)
    if weights != "margins":
        return make_class_weights(counts, weights)
    if not margins.any():
        raise ValueError(
            "`class_weights='margins'` needs `max_margin` > 0: all weights would be "
            "zero. Received: max_margin=0.0"
        )
    return margins
