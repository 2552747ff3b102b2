"""How far apart the rates of groups are, as fairlearn counts it."""

from keras import ops

from kpoc.metrics import _inputs
from kpoc.metrics._group_sums import summarized

METHODS = ("between_groups", "to_overall")


def disparity(values, numerator, denominator, method):
    """The largest difference of rates between groups, or of a group to all rows.

    Args:
        values: the rates `(G,)`, NaN for groups that don't count.
        numerator: the sums `(G,)` by which the rate of all rows is made.
        denominator: likewise.
        method: one of METHODS.

    Returns:
        A scalar; NaN where no group counts.
    """
    if method == "between_groups":
        return summarized(values, "gap")
    overall = _inputs.rates(ops.sum(numerator), ops.sum(denominator), 0.0)
    distances = ops.abs(values - overall)
    return summarized(distances, "worst", higher_is_better=False)
