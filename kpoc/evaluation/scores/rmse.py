"""Root mean squared error."""

import numpy as np

from kpoc.evaluation.scores.registry import REGRESSION, register
from kpoc.evaluation.scores.row_statistics import mean_of_count, with_count


def squared_errors(truth: np.ndarray, prediction: np.ndarray) -> np.ndarray:
    """(prediction - truth)^2 and a count; shape (n, 2)."""
    return with_count((prediction - truth) ** 2)


@register(
    "rmse",
    title="root mean squared error",
    meaning="how far off the prediction is, large errors counting more",
    rows=squared_errors,
    kinds=REGRESSION,
    better="lower",
    bounds=(0.0, np.inf),
    in_unit=True,
    metric="rmse",
)
def rmse(sums: np.ndarray) -> np.ndarray:
    """Root mean squared error, sqrt(sum (y' - y)^2 / n), in the target's unit."""
    return np.sqrt(mean_of_count(sums))
