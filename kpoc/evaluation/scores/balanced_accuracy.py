"""Balanced accuracy."""

import numpy as np

from kpoc.evaluation.scores.recall import recall
from kpoc.evaluation.scores.registry import CLASSES, register
from kpoc.evaluation.scores.row_statistics import confusion_marginals, ratio


@register(
    "balanced_accuracy",
    title="balanced accuracy",
    meaning="mean over the classes of the share of their images found",
    rows=confusion_marginals,
    kinds=CLASSES,
    better="higher",
    bounds=(0.0, 1.0),
    across_classes=True,
    metric="balanced_accuracy",
    share=True,
)
def balanced_accuracy(sums: np.ndarray) -> np.ndarray:
    """Mean recall over the classes present in the truth, as in scikit-learn."""
    per_class = recall(sums)
    present = ~np.isnan(per_class)
    return ratio(np.where(present, per_class, 0.0).sum(axis=-1), present.sum(axis=-1))
