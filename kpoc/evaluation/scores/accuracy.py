"""Accuracy."""

import numpy as np

from kpoc.evaluation.scores.registry import CLASSES, register
from kpoc.evaluation.scores.row_statistics import (
    mean_of_count,
    predicted_classes,
    with_count,
)


def hits(truth: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Whether the most probable class is the true one, and a count; (n, 2)."""
    return with_count(predicted_classes(probabilities) == truth)


@register(
    "accuracy",
    title="accuracy",
    meaning="share of images whose answer is right",
    rows=hits,
    kinds=CLASSES,
    better="higher",
    bounds=(0.0, 1.0),
    metric="accuracy",
    share=True,
)
def accuracy(sums: np.ndarray) -> np.ndarray:
    """Share of rows whose most probable class is the true one."""
    return mean_of_count(sums)
