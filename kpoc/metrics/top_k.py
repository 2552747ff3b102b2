"""Top-k accuracy by the label rules that all metrics here share."""

import keras
from keras import ops

from kpoc.metrics._inputs import check_whole
from kpoc.metrics._registry import register
from kpoc.metrics._row_mean import RowMean


@register("top3", k=3)
@keras.saving.register_keras_serializable(package="kpoc")
class SparseTopKAccuracy(RowMean):
    r"""The share of rows whose class is among the k with the highest scores.

    ::

        top-k = sum_i w_i [rank of y_true_i among y_pred_i <= k] / sum_i w_i

    Of equal scores, that of the higher class code ranks first, as in scikit-learn's
    `top_k_accuracy_score`; Keras' own metric takes all of them for right.

    Args:
        k: how many classes count as answers. Defaults to 3.
        num_classes: number of classes K, or None to take it from `y_pred`. Defaults to
            None.
        from_logits: whether one score a row is a logit. Defaults to True, because the
            heads of kpoc emit logits.
        name: name in the logs. Defaults to "top3", with k in it.
        dtype: dtype of the sums. Defaults to `keras.config.floatx()`.

    Returns:
        In [0, 1]; NaN before the first batch, and if a label was not one of 0 .. K - 1
        in a row whose weight isn't 0. A row with a score that is NaN counts as wrong.

    Raises:
        ValueError: if an argument or a shape does not fit.

    Example:
        >>> from kpoc.metrics import SparseTopKAccuracy
        >>> metric = SparseTopKAccuracy(k=2)
        >>> metric.update_state([0, 1], [[0.2, 0.9, 0.5], [0.3, 0.2, 0.1]])
        >>> float(metric.result())
        0.5
    """

    _direction = "up"

    def __init__(self, k=3, num_classes=None, from_logits=True, name=None, dtype=None):
        k = check_whole("k", k, 1)
        super().__init__(num_classes, from_logits, name or f"top{k}", dtype)
        self.k = k

    def values(self, true, scores):
        """Whether each row's class is among the first k."""
        own = ops.take_along_axis(scores, true[:, None], axis=-1)
        codes = ops.arange(scores.shape[-1], dtype="int32")
        tied = ops.logical_and(ops.equal(scores, own), codes <= true[:, None])
        # counted from below: comparisons with NaN are false
        below = ops.sum(ops.cast(ops.logical_or(scores < own, tied), "int32"), axis=-1)
        return below > scores.shape[-1] - self.k

    def get_config(self):
        """The arguments, as plain JSON types."""
        return {**super().get_config(), "k": self.k}
