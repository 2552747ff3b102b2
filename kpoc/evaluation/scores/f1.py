"""F1 of each class."""

import numpy as np

from kpoc.evaluation.scores.registry import CLASSES, register
from kpoc.evaluation.scores.row_statistics import (
    confusion_marginals,
    ratio,
    split_marginals,
)


@register(
    "f1",
    title="F1",
    meaning=(
        "harmonic mean of how much of a class is found and how often its name is "
        "right; 1 is perfect"
    ),
    rows=confusion_marginals,
    kinds=CLASSES,
    better="higher",
    bounds=(0.0, 1.0),
    per_class=True,
)
def f1(sums: np.ndarray) -> np.ndarray:
    """F1 per class, 2 right / (predicted + true); shape (..., K).

    NaN for a class that stands neither in the truth nor in the predictions.
    """
    right, predicted, true = split_marginals(sums)
    return ratio(2 * right, predicted + true)
