"""Equalised odds difference."""

import keras
from keras import ops

from kpoc.metrics._disparity import METHODS, disparity
from kpoc.metrics._group_sums import GroupRate
from kpoc.metrics._registry import register

AGGREGATIONS = ("worst_case", "mean")


@register("group_equalized_odds_difference")
@keras.saving.register_keras_serializable(package="kpoc")
class GroupEqualizedOddsDifference(GroupRate):
    r"""How far the groups' true and false positive rates are apart.

    With the differences of TPR and of FPR, each as in
    `GroupDemographicParityDifference`::

        worst_case:  max(difference of TPR, difference of FPR)
        mean:        (difference of TPR + difference of FPR) / 2

    Args:
        num_groups: number of groups G; those without rows are left out.
        method: "between_groups" or "to_overall". Defaults to "between_groups".
        agg: "worst_case" or "mean". Defaults to "worst_case".
        undefined: what the rate of a group is that has rows, but none that are positive
            (TPR) or negative (FPR): "zero", as fairlearn has it, or "skip" (left out of
            the difference). Defaults to "zero".
        positive: the class that counts as positive. Defaults to 1.
        from_logits: whether one score a row is a logit. Defaults to True, because the
            heads of kpoc emit logits.
        threshold: probability above which one score a row means class 1. Defaults to
            0.5, that is the logit 0.
        name: name in the logs. Defaults to "equalized_odds_difference".
        dtype: dtype of the sums. Defaults to `keras.config.floatx()`.

    Returns:
        In [0, 1], 0 is equality; NaN before the first batch, and if a group or a label
        had no valid code in a row whose weight isn't 0.

    Raises:
        ValueError: if an argument or a shape does not fit.

    Example:
        >>> from kpoc.metrics import GroupEqualizedOddsDifference
        >>> metric = GroupEqualizedOddsDifference(num_groups=2)
        >>> scores = [[1.0], [2.0], [-3.0], [1.0], [-1.0]]
        >>> metric.update_state([0, 1, 0, 1, 1], scores, [0, 0, 1, 1, 1])
        >>> float(metric.result())
        1.0

    Reference:
        Hardt, Price, Srebro, Equality of Opportunity in Supervised Learning, NeurIPS
        2016; fairlearn's `equalized_odds_difference` gives the same.
    """

    _direction = "down"
    sums = (
        "true_positives",
        "positives",
        "false_positives",
        "negatives",
        "total",
    )

    def __init__(
        self,
        num_groups,
        method="between_groups",
        agg="worst_case",
        undefined="zero",
        positive=1,
        from_logits=True,
        threshold=0.5,
        name="equalized_odds_difference",
        dtype=None,
    ):
        if method not in METHODS:
            raise ValueError(
                f"`method` must be one of {METHODS}. Received: method={method!r}"
            )
        if agg not in AGGREGATIONS:
            raise ValueError(
                f"`agg` must be one of {AGGREGATIONS}. Received: agg={agg!r}"
            )
        super().__init__(
            num_groups,
            undefined=undefined,
            positive=positive,
            from_logits=from_logits,
            threshold=threshold,
            name=name,
            dtype=dtype,
        )
        self.method = method
        self.agg = agg

    def rows(self, y_true, y_pred, weight):
        """What each row adds to each of `sums`, a tuple of `(n,)`."""
        true, predicted, weight, _ = self.compare(y_true, y_pred, weight)
        positive = weight * ops.cast(ops.equal(true, self.positive), self.dtype)
        negative = weight * ops.cast(ops.not_equal(true, self.positive), self.dtype)
        selected = ops.cast(ops.equal(predicted, self.positive), self.dtype)
        return positive * selected, positive, negative * selected, negative, weight

    def result(self):
        """The difference over all rows so far, a scalar."""
        odds = [
            disparity(self.rates(hits, rows), hits, rows, self.method)
            for hits, rows in (
                (self.true_positives, self.positives),
                (self.false_positives, self.negatives),
            )
        ]
        if self.agg == "mean":
            return (odds[0] + odds[1]) / 2.0
        return ops.maximum(*odds)

    def get_config(self):
        """The arguments, as plain JSON types."""
        config = super().get_config()
        for key in ("summary", "penalty"):
            del config[key]
        return {**config, "method": self.method, "agg": self.agg}
