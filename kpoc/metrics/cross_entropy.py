"""Cross-entropy by the label rules that all metrics here share."""

import keras
from keras import ops

from kpoc.metrics._registry import register
from kpoc.metrics._row_mean import RowMean

_SMALLEST = 1e-7


@register("cross_entropy")
@keras.saving.register_keras_serializable(package="kpoc")
class SparseCrossentropy(RowMean):
    r"""The mean of -log p[true class], in nats, for one logit or K scores alike.

    ::

        cross-entropy = -sum_i w_i log p_i[y_true_i] / sum_i w_i

    The loss of a training may be weighted, focal or with margins; this figure is the
    same whatever was trained.

    Args:
        num_classes: number of classes K, or None to take it from `y_pred`. Defaults to
            None.
        from_logits: whether scores are logits, else probabilities, which count as 1e-7
            at least. Defaults to True, because the heads of kpoc emit logits.
        name: name in the logs. Defaults to "cross_entropy".
        dtype: dtype of the sums. Defaults to `keras.config.floatx()`.

    Returns:
        0 or more; log K for answers that know nothing. NaN before the first batch, and
        if a label was not one of 0 .. K - 1 in a row whose weight isn't 0.

    Raises:
        ValueError: if an argument or a shape does not fit.

    Example:
        >>> from kpoc.metrics import SparseCrossentropy
        >>> metric = SparseCrossentropy(from_logits=False)
        >>> metric.update_state([0, 1], [[0.5, 0.5], [0.0, 1.0]])
        >>> round(float(metric.result()), 4)
        0.3466
    """

    _direction = "down"

    def __init__(
        self, num_classes=None, from_logits=True, name="cross_entropy", dtype=None
    ):
        super().__init__(num_classes, from_logits, name, dtype)

    def values(self, true, scores):
        """The cross-entropy of each row."""
        own = ops.take_along_axis(scores, true[:, None], axis=-1)[:, 0]
        if self.from_logits:
            return ops.logsumexp(scores, axis=-1) - own
        return -ops.log(ops.clip(own, _SMALLEST, 1.0))
