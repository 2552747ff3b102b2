"""What metrics share that are means over rows of a figure of all scores."""

from keras import ops

from kpoc.metrics import _inputs
from kpoc.metrics._label_metric import LabelMetric


class RowMean(LabelMetric):
    """The weighted mean over the rows of `values`, which a subclass says.

    Args:
        num_classes: number of classes K, or None to take it from `y_pred`.
        from_logits: whether the scores are logits.
        name: name of the metric.
        dtype: dtype of the sums.

    Raises:
        ValueError: if `num_classes` is out of its range.
    """

    def __init__(self, num_classes=None, from_logits=True, name=None, dtype=None):
        super().__init__(num_classes, from_logits=from_logits, name=name, dtype=dtype)
        self.sum = self.add_weight((), "zeros", self.dtype, "sum")
        self.total = self.add_weight((), "zeros", self.dtype, "total")

    def values(self, true, scores):
        """The figure of each row, `(n,)`.

        Args:
            true: codes `(n,)`, int32, all in range.
            scores: `(n, K)`, K at least 2, in the metric's dtype.
        """
        raise NotImplementedError

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Adds a batch.

        Args:
            y_true: labels `(B,)` or `(B, 1)`, or one-hot `(B, K)`.
            y_pred: scores `(B, K)`; `(B, 1)` means the two classes [0, z].
            sample_weight: row weights `(B,)` or `(B, 1)`, or None.
        """
        y_pred = ops.cast(ops.convert_to_tensor(y_pred), self.dtype)
        scores, classes = _inputs.class_scores(y_pred, self.num_classes)
        true, weight = _inputs.positions(
            _inputs.true_labels(y_true, y_pred, classes),
            classes,
            _inputs.flat_weight(sample_weight, self.dtype),
            self.dtype,
        )
        if scores.shape[-1] == 1:
            other = ops.zeros_like(scores) if self.from_logits else 1 - scores
            scores = ops.concatenate([other, scores], axis=-1)
        values = ops.cast(self.values(true, scores), self.dtype)
        self.sum.assign_add(ops.sum(weight * _inputs.where_weighted(values, weight)))
        self.total.assign_add(ops.sum(weight))

    def result(self):
        """The mean of all rows so far, a scalar."""
        return _inputs.rates(self.sum, self.total)

    def get_config(self):
        """The arguments, as plain JSON types."""
        config = super().get_config()
        del config["threshold"]
        return config
