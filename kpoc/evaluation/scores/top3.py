"""Top-3 accuracy."""

import numpy as np

from kpoc.evaluation.scores.registry import CLASSES, register
from kpoc.evaluation.scores.row_statistics import mean_of_count, with_count


def top3_hits(truth: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Whether the true class is among the 3 most probable, and a count; (n, 2).

    As in scikit-learn, among equal probabilities the higher class code ranks first.
    """
    ranked = np.argsort(probabilities, axis=1, kind="stable")[:, ::-1][:, :3]
    return with_count((ranked == truth[:, None]).any(axis=1))


@register(
    "top3",
    title="top-3 accuracy",
    meaning="share of images whose class is among the three most probable",
    rows=top3_hits,
    kinds=CLASSES,
    better="higher",
    bounds=(0.0, 1.0),
    metric="top3",
    share=True,
)
def top3(sums: np.ndarray) -> np.ndarray:
    """Share of rows whose true class is among the three most probable."""
    return mean_of_count(sums)
