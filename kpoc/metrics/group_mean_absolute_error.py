"""Mean absolute error by group."""

import keras
from keras import ops

from kpoc.metrics import _inputs
from kpoc.metrics._group_sums import GroupSums
from kpoc.metrics._registry import register


@register("group_mean_absolute_error")
@keras.saving.register_keras_serializable(package="kpoc")
class GroupMeanAbsoluteError(GroupSums):
    r"""MAE of a regression within each group, or a summary of it (lower is better).

    With G_g the rows of group g and w their weights::

        MAE_g = sum over G_g of w_i |y_pred_i - y_i| / sum over G_g of w_i

    Where the model learns log y, wrap it into `InverseTransformed`, which passes the
    groups on.

    Args:
        num_groups: number of groups G.
        summary: None for the G values (NaN for a group without rows); else, over the
            groups that have rows, "mean", "worst" (the largest), "gap" (largest less
            smallest) or "penalized_mean" (mean + penalty * gap). Defaults to None.
        penalty: weight of the gap in "penalized_mean". Defaults to 1.0.
        name: name in the logs. Defaults to "group_mae", with the summary appended.
        dtype: dtype of the sums. Defaults to `keras.config.floatx()`.

    Returns:
        At least 0, in the target's unit; NaN before the first batch, and if a group had
        no valid code in a row whose weight isn't 0.

    Raises:
        ValueError: if an argument or a shape does not fit.

    Example:
        >>> from kpoc.metrics import GroupMeanAbsoluteError
        >>> metric = GroupMeanAbsoluteError(num_groups=2, summary="gap")
        >>> metric.update_state(
        ...     [[20.0], [30.0], [70.0]], [[21.0], [33.0], [60.0]], [0, 0, 1]
        ... )
        >>> float(metric.result())
        8.0
    """

    stem = "group_mae"
    higher_is_better = False

    def __init__(self, num_groups, summary=None, penalty=1.0, name=None, dtype=None):
        super().__init__(num_groups, summary, penalty, name=name, dtype=dtype)

    def rows(self, y_true, y_pred, weight):
        """What each row adds to its group."""
        y_true = ops.cast(ops.convert_to_tensor(y_true), self.dtype)
        y_pred = ops.cast(ops.convert_to_tensor(y_pred), self.dtype)
        _inputs.same_rows("y_true", y_true, y_pred.shape, "y_pred")
        error = ops.abs(ops.reshape(y_pred, (-1,)) - ops.reshape(y_true, (-1,)))
        weight = ops.ones_like(error) if weight is None else weight
        _inputs.same_rows("sample_weight", weight, error.shape, "y_pred")
        error = _inputs.where_weighted(error, weight)
        return weight * error, weight, weight

    def get_config(self):
        """The arguments, as plain JSON types."""
        config = super().get_config()
        del config["undefined"]
        return config
