"""Macro F1."""

import numpy as np

from kpoc.evaluation.scores.f1 import f1
from kpoc.evaluation.scores.registry import CLASSES, register
from kpoc.evaluation.scores.row_statistics import confusion_marginals, ratio


@register(
    "macro_f1",
    title="macro F1",
    meaning=(
        "mean over the classes of F1, so a rare class counts as much as a frequent "
        "one; 1 is perfect"
    ),
    rows=confusion_marginals,
    kinds=CLASSES,
    better="higher",
    bounds=(0.0, 1.0),
    across_classes=True,
    metric="macro_f1",
)
def macro_f1(sums: np.ndarray) -> np.ndarray:
    """Mean F1 over the classes present in the truth or in the predictions.

    This is scikit-learn's default: a class of the target that is neither true nor
    predicted in the rows at hand does not count; one that is predicted but never
    true counts as 0.
    """
    per_class = f1(sums)
    present = ~np.isnan(per_class)
    return ratio(np.where(present, per_class, 0.0).sum(axis=-1), present.sum(axis=-1))
