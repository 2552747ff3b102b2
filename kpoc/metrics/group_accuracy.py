"""Accuracy by group."""

import keras
from keras import ops

from kpoc.metrics._group_sums import GroupRate
from kpoc.metrics._registry import register


@register("group_accuracy")
@keras.saving.register_keras_serializable(package="kpoc")
class GroupAccuracy(GroupRate):
    r"""Accuracy within each group, or a summary of it.

    With G_g the rows of group g and w their weights::

        accuracy_g = sum over G_g of w_i [class_i = y_i] / sum over G_g of w_i

    "penalized_mean" is the kind of score that data challenges on fairness use: the mean
    over groups less what the best and the worst group differ by.

    Args:
        num_groups: number of groups G.
        summary: None for the G values (NaN for a group without rows); else, over the
            groups that have rows, "mean", "worst" (the smallest), "gap" (largest less
            smallest) or "penalized_mean" (mean - penalty * gap). Defaults to None.
        penalty: weight of the gap in "penalized_mean". Defaults to 1.0.
        from_logits: whether one score a row is a logit. Defaults to True, because the
            heads of kpoc emit logits.
        threshold: probability above which one score a row means class 1. Defaults to
            0.5, that is the logit 0.
        name: name in the logs. Defaults to "group_accuracy", with the summary appended.
        dtype: dtype of the sums. Defaults to `keras.config.floatx()`.

    Returns:
        In [0, 1], a penalized mean below it too; NaN before the first batch, and if
        a group or a label had no valid code in a row whose weight isn't 0.

    Raises:
        ValueError: if an argument or a shape does not fit.

    Example:
        >>> from kpoc.metrics import GroupAccuracy
        >>> metric = GroupAccuracy(num_groups=2, summary="worst")
        >>> metric.update_state(
        ...     [0, 1, 1, 1], [[-1.0], [2.0], [-3.0], [1.0]], [0, 0, 1, 1]
        ... )
        >>> float(metric.result())
        0.5

    Reference:
        Bird et al., Fairlearn: A toolkit for assessing and improving fairness in AI,
        2020; its `MetricFrame` gives the same numbers.
    """

    stem = "group_accuracy"

    def __init__(
        self,
        num_groups,
        summary=None,
        penalty=1.0,
        from_logits=True,
        threshold=0.5,
        name=None,
        dtype=None,
    ):
        super().__init__(
            num_groups,
            summary=summary,
            penalty=penalty,
            from_logits=from_logits,
            threshold=threshold,
            name=name,
            dtype=dtype,
        )

    def events(self, true, predicted):
        """Which rows are admitted and which of them count, each bool `(n,)`."""
        return ops.ones_like(true), ops.equal(true, predicted)

    def get_config(self):
        """The arguments, as plain JSON types."""
        config = super().get_config()
        del config["undefined"]
        del config["positive"]
        return config
