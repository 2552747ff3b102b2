"""True positive rate by group."""

import keras

from kpoc.metrics._group_sums import GroupRate
from kpoc.metrics._registry import register


@register("group_true_positive_rate")
@keras.saving.register_keras_serializable(package="kpoc")
class GroupTruePositiveRate(GroupRate):
    r"""True positive rate (recall) within each group, or a summary of it.

    With G_g the rows of group g, w their weights and "+" the positive class::

        TPR_g = sum over G_g of w_i [y_i = +] [class_i = +]
                / sum over G_g of w_i [y_i = +]

    Args:
        num_groups: number of groups G.
        summary: None for the G values (NaN for a group without rows); else, over the
            groups that have rows, "mean", "worst" (the smallest), "gap" (largest less
            smallest) or "penalized_mean" (mean - penalty * gap). Defaults to None.
        penalty: weight of the gap in "penalized_mean". Defaults to 1.0.
        undefined: what a group is worth that has rows, but no positive: "zero", as
            fairlearn has it, or "skip" (NaN, left out of the summary). Defaults to
            "zero".
        positive: the class that counts as positive. Defaults to 1.
        from_logits: whether one score a row is a logit. Defaults to True, because the
            heads of kpoc emit logits.
        threshold: probability above which one score a row means class 1. Defaults to
            0.5, that is the logit 0.
        name: name in the logs. Defaults to "group_tpr", with the summary appended.
        dtype: dtype of the sums. Defaults to `keras.config.floatx()`.

    Returns:
        In [0, 1], a penalized mean below it too; NaN before the first batch, and if
        a group or a label had no valid code in a row whose weight isn't 0.

    Raises:
        ValueError: if an argument or a shape does not fit.

    Example:
        >>> from kpoc.metrics import GroupTruePositiveRate
        >>> metric = GroupTruePositiveRate(num_groups=2)
        >>> metric.update_state(
        ...     [1, 1, 1, 0], [[-1.0], [2.0], [3.0], [1.0]], [0, 0, 1, 1]
        ... )
        >>> [float(rate) for rate in metric.result()]
        [0.5, 1.0]

    Reference:
        Bird et al., Fairlearn: A toolkit for assessing and improving fairness in AI,
        2020; its `MetricFrame` gives the same numbers.
    """

    stem = "group_tpr"

    def events(self, true, predicted):
        """Which rows are admitted and which of them count, each bool `(n,)`."""
        return true == self.positive, predicted == self.positive
