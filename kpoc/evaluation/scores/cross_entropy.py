"""Cross-entropy."""

import numpy as np

from kpoc.evaluation.scores.registry import CLASSES, register
from kpoc.evaluation.scores.row_statistics import mean_of_count, with_count
from kpoc.evaluation.temperature import log_probabilities


def negative_log(truth: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """-log p[truth] in nats, of a p of 0 as of 2.2e-16, and a count; (n, 2)."""
    return with_count(-log_probabilities(probabilities)[np.arange(len(truth)), truth])


@register(
    "cross_entropy",
    title="cross-entropy",
    meaning=(
        "mean of -log p of the true class, in nats; 0 is perfect, log K is what equal "
        "probabilities for K classes give"
    ),
    rows=negative_log,
    kinds=CLASSES,
    better="lower",
    bounds=(0.0, np.inf),
    metric="cross_entropy",
)
def cross_entropy(sums: np.ndarray) -> np.ndarray:
    """Mean over the rows of -log p[truth], the negative log-likelihood."""
    return mean_of_count(sums)
