"""Accuracy by the label rules that all metrics here share."""

import keras
from keras import ops

from kpoc.metrics._inputs import rates
from kpoc.metrics._label_metric import LabelMetric
from kpoc.metrics._registry import register


@register("accuracy")
@keras.saving.register_keras_serializable(package="kpoc")
class SparseAccuracy(LabelMetric):
    r"""The share of rows whose class is right, for one logit or K scores alike.

    ::

        accuracy = sum_i w_i [argmax_k y_pred_ik = y_true_i] / sum_i w_i

    Keras needs `BinaryAccuracy(threshold=0.0)` for one logit a row, and silently takes
    0.5 for the logit otherwise; here the same class serves both kinds of head.

    Args:
        num_classes: number of classes K, or None to take it from `y_pred`. Defaults to
            None.
        from_logits: whether one score a row is a logit. Defaults to True, because the
            heads of kpoc emit logits.
        threshold: probability above which one score a row, `(B, 1)`, means class 1.
            Defaults to 0.5, that is the logit 0.
        name: name in the logs. Defaults to "accuracy".
        dtype: dtype of the sums. Defaults to `keras.config.floatx()`.

    Returns:
        In [0, 1]; NaN before the first batch, and if a label was not one of 0 .. K - 1
        in a row whose weight isn't 0.

    Raises:
        ValueError: if an argument or a shape does not fit.

    Example:
        >>> from kpoc.metrics import SparseAccuracy
        >>> metric = SparseAccuracy()
        >>> metric.update_state([0, 1, 1, 1], [[-1.0], [3.0], [0.2], [-2.0]])
        >>> float(metric.result())
        0.75
    """

    _direction = "up"

    def __init__(
        self,
        num_classes=None,
        from_logits=True,
        threshold=0.5,
        name="accuracy",
        dtype=None,
    ):
        super().__init__(
            num_classes,
            from_logits=from_logits,
            threshold=threshold,
            name=name,
            dtype=dtype,
        )
        self.hits = self.add_weight((), "zeros", self.dtype, "hits")
        self.total = self.add_weight((), "zeros", self.dtype, "total")

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Adds a batch.

        Args:
            y_true: labels `(B,)` or `(B, 1)`, or one-hot `(B, K)`.
            y_pred: scores `(B, K)`; `(B, 1)` means the two classes [0, z].
            sample_weight: row weights `(B,)` or `(B, 1)`, or None.
        """
        true, predicted, weight, _ = self.compare(y_true, y_pred, sample_weight)
        hit = ops.cast(ops.equal(true, predicted), self.dtype)
        self.hits.assign_add(ops.sum(weight * hit))
        self.total.assign_add(ops.sum(weight))

    def result(self):
        """The accuracy of all rows so far, a scalar."""
        return rates(self.hits, self.total)
