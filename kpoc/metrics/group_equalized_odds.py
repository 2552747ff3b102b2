"""Equalised odds difference."""

import keras
from keras import ops

from kpoc.metrics import _inputs
from kpoc.metrics._disparity import METHODS, disparity
from kpoc.metrics._group_sums import GroupRate

AGGREGATIONS = ("worst_case", "mean")


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
        self.selected = self._sums("selected")

    def events(self, true, predicted):
        """Which rows are admitted and which of them count, each bool `(n,)`."""
        return true == self.positive, predicted == self.positive
