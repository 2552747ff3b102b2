"""Expected calibration error."""

import keras
from keras import ops

from kpoc.metrics import _inputs
from kpoc.metrics._registry import register


@register("ece")
@keras.saving.register_keras_serializable(package="kpoc")
class ExpectedCalibrationError(keras.metrics.Metric):
    r"""How far the confidence of the predicted class is from the accuracy.

    The confidence c_i is the probability of the predicted class. With the rows in M
    bins of equal width by it, bin m holding (m - 1) / M < c <= m / M::

        ECE = sum over m of (n_m / n) * |accuracy_m - mean confidence_m|

    The sums by bin (`confidence`, `hits`, `total`) draw a reliability diagram.

    Args:
        num_bins: number of bins M. Defaults to 15, as in the paper.
        from_logits: whether scores are logits (softmax; sigmoid for one score a row).
            Defaults to True, because the heads of kpoc emit logits.
        name: name in the logs. Defaults to "ece".
        dtype: dtype of the sums. Defaults to `keras.config.floatx()`.

    Returns:
        In [0, 1]; NaN before the first batch, and if a label was not one of 0 .. K - 1
        in a row whose weight isn't 0.

    Raises:
        ValueError: if an argument or a shape does not fit.

    Example:
        >>> from kpoc.metrics import ExpectedCalibrationError
        >>> metric = ExpectedCalibrationError(num_bins=10, from_logits=False)
        >>> metric.update_state([0, 0, 1], [[0.75, 0.25], [0.85, 0.15], [0.75, 0.25]])
        >>> round(float(metric.result()), 4)
        0.2167

    Reference:
        Guo, Pleiss, Sun, Weinberger, On Calibration of Modern Neural Networks,
        ICML 2017, arXiv:1706.04599, equation 3.
    """

    _direction = "down"

    def __init__(self, num_bins=15, from_logits=True, name="ece", dtype=None):
        super().__init__(name=name, dtype=dtype)
        self.num_bins = _inputs.check_whole("num_bins", num_bins, 1)
        self.from_logits = from_logits
        shape = (self.num_bins,)
        self.confidence = self.add_weight(shape, "zeros", self.dtype, "confidence")
        self.hits = self.add_weight(shape, "zeros", self.dtype, "hits")
        self.total = self.add_weight(shape, "zeros", self.dtype, "total")

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Adds a batch.

        Args:
            y_true: labels `(B,)` or `(B, 1)`, or one-hot `(B, K)`.
            y_pred: scores `(B, K)`; `(B, 1)` means the two classes [0, z].
            sample_weight: row weights `(B,)` or `(B, 1)`, or None.
        """
        y_pred = ops.cast(ops.convert_to_tensor(y_pred), self.dtype)
        scores, classes = _inputs.class_scores(y_pred)
        predicted = _inputs.predicted_labels(scores, self.from_logits, 0.5)
        true, weight = _inputs.positions(
            _inputs.true_labels(y_true, y_pred, classes),
            classes,
            _inputs.flat_weight(sample_weight, self.dtype),
            self.dtype,
        )
        if scores.shape[-1] > 1:
            probabilities = ops.softmax(scores) if self.from_logits else scores
            confidence = ops.max(probabilities, axis=-1)
        else:
            one = ops.sigmoid(scores[:, 0]) if self.from_logits else scores[:, 0]
            confidence = ops.maximum(one, 1.0 - one)
        confidence = _inputs.where_weighted(confidence, weight)
        inner = [m / self.num_bins for m in range(1, self.num_bins)]
        above = confidence[:, None] > ops.reshape(ops.array(inner, self.dtype), (1, -1))
        bins = ops.sum(ops.cast(above, "int32"), axis=1)
        member = ops.cast(
            bins[:, None] == ops.arange(self.num_bins, dtype="int32"), self.dtype
        )
        member = member * weight[:, None]
        hit = ops.cast(ops.equal(true, predicted), self.dtype)[:, None]
        self.confidence.assign_add(ops.sum(member * confidence[:, None], axis=0))
        self.hits.assign_add(ops.sum(member * hit, axis=0))
        self.total.assign_add(ops.sum(member, axis=0))

    def result(self):
        """The calibration error of all rows so far, a scalar."""
        gaps = ops.sum(ops.abs(self.hits - self.confidence))
        return _inputs.rates(gaps, ops.sum(self.total))

    def get_config(self):
        """The arguments, as plain JSON types."""
        return {
            **super().get_config(),
            "num_bins": self.num_bins,
            "from_logits": self.from_logits,
        }
