"""Weighted F1 from saved predictions."""

import numpy as np

from kpoc.evaluation.scores.f1 import f1
from kpoc.evaluation.scores.row_statistics import confusion_marginals, split_marginals


def weighted_f1(truth, probabilities) -> float:
    """F1 per class, averaged by the number of true rows of each class.

    ::

        sum over k of n_k F1_k / n

    Args:
        truth: class codes 0 .. K - 1, (n,).
        probabilities: (n, K).

    Returns:
        In [0, 1]; NaN without rows.

    Example:
        >>> from kpoc.evaluation.weighted_f1 import weighted_f1
        >>> weighted_f1([0, 0, 1], [[0.9, 0.1], [0.8, 0.2], [0.7, 0.3]])
        0.5333333333333333
    """
    rows = confusion_marginals(np.asarray(truth), np.asarray(probabilities))
    sums = rows.sum(axis=0, dtype=np.float64)
    _, _, true = split_marginals(sums)
    if not true.sum():
        return float("nan")
    present = true > 0
    return float((f1(sums)[present] * true[present]).sum() / true.sum())
