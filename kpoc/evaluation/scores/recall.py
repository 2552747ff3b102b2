"""Recall of each class."""

import numpy as np

from kpoc.evaluation.scores.registry import CLASSES, register
from kpoc.evaluation.scores.row_statistics import (
    confusion_marginals,
    ratio,
    split_marginals,
)


@register(
    "recall",
    title="recall",
    meaning="share of a class's images that are found",
    rows=confusion_marginals,
    kinds=CLASSES,
    better="higher",
    bounds=(0.0, 1.0),
    per_class=True,
    share=True,
)
def recall(sums: np.ndarray) -> np.ndarray:
    """Recall per class, right / true; shape (..., K), NaN for absent classes."""
    right, _, true = split_marginals(sums)
    return ratio(right, true)
