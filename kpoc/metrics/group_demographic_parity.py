"""Demographic parity difference."""

import keras
from keras import ops

from kpoc.metrics._disparity import METHODS, disparity
from kpoc.metrics._group_sums import GroupRate
from kpoc.metrics._registry import register


@register("group_demographic_parity_difference")
@keras.saving.register_keras_serializable(package="kpoc")
class GroupDemographicParityDifference(GroupRate):
    r"""How far the groups' shares of positive predictions are apart.

    With rate_g the selection rate of group g (see `GroupSelectionRate`)::

        between_groups:  max_g rate_g - min_g rate_g
        to_overall:      max_g |rate_g - rate of all rows|

    Args:
        num_groups: number of groups G; those without rows are left out.
        method: "between_groups" or "to_overall". Defaults to "between_groups".
        positive: the class that counts as positive. Defaults to 1.
        from_logits: whether one score a row is a logit. Defaults to True, because the
            heads of kpoc emit logits.
        threshold: probability above which one score a row means class 1. Defaults to
            0.5, that is the logit 0.
        name: name in the logs. Defaults to "demographic_parity_difference".
        dtype: dtype of the sums. Defaults to `keras.config.floatx()`.

    Returns:
        In [0, 1], 0 is parity; NaN before the first batch, and if a group or a label
        had no valid code in a row whose weight isn't 0.

    Raises:
        ValueError: if an argument or a shape does not fit.

    Example:
        >>> from kpoc.metrics import GroupDemographicParityDifference
        >>> metric = GroupDemographicParityDifference(num_groups=2)
        >>> metric.update_state(
        ...     [0, 0, 1, 1], [[-1.0], [2.0], [3.0], [1.0]], [0, 0, 1, 1]
        ... )
        >>> float(metric.result())
        0.5

    Reference:
        Agarwal et al., A Reductions Approach to Fair Classification, ICML 2018,
        definition 1; fairlearn's `demographic_parity_difference` gives the same.
    """

    _direction = "down"

    def __init__(
        self,
        num_groups,
        method="between_groups",
        positive=1,
        from_logits=True,
        threshold=0.5,
        name="demographic_parity_difference",
        dtype=None,
    ):
        if method not in METHODS:
            raise ValueError(
                f"`method` must be one of {METHODS}. Received: method={method!r}"
            )
        super().__init__(
            num_groups,
            positive=positive,
            from_logits=from_logits,
            threshold=threshold,
            name=name,
            dtype=dtype,
        )
        self.method = method

    def events(self, true, predicted):
        """Which rows are admitted and which of them count, each bool `(n,)`."""
        return ops.ones_like(true), predicted == self.positive

    def result(self):
        """The difference over all rows so far, a scalar."""
        rates = self.rates(self.numerator, self.denominator)
        return disparity(rates, self.numerator, self.denominator, self.method)

    def get_config(self):
        """The arguments, as plain JSON types."""
        config = super().get_config()
        for key in ("summary", "penalty", "undefined"):
            del config[key]
        return {**config, "method": self.method}
