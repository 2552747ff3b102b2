"""Mean absolute error."""

import numpy as np

from kpoc.evaluation.scores.registry import REGRESSION, register
from kpoc.evaluation.scores.row_statistics import mean_of_count, with_count


def absolute_errors(truth: np.ndarray, prediction: np.ndarray) -> np.ndarray:
    """|prediction - truth| and a count; shape (n, 2)."""
    return with_count(np.abs(prediction - truth))


@register(
    "mae",
    title="mean absolute error",
    meaning="how far off the prediction is on average",
    rows=absolute_errors,
    kinds=REGRESSION,
    better="lower",
    bounds=(0.0, np.inf),
    in_unit=True,
    metric="mae",
)
def mae(sums: np.ndarray) -> np.ndarray:
    """Mean absolute error, sum |y' - y| / n, in the unit of the target."""
    return mean_of_count(sums)
