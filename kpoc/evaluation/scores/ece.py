"""Expected calibration error."""

import numpy as np

from kpoc.evaluation.calibration import BINS, confidence_bins, excess
from kpoc.evaluation.scores.registry import CLASSES, register
from kpoc.evaluation.scores.row_statistics import ratio


def binned_excess(truth: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Right or not less the confidence, in the bin's column, and a count; (n, 16)."""
    rows = np.arange(len(truth))
    columns = np.zeros((len(truth), BINS + 1))
    columns[rows, confidence_bins(probabilities, BINS)] = excess(truth, probabilities)
    columns[:, -1] = 1
    return columns


@register(
    "ece",
    title="expected calibration error",
    meaning=(
        "how far the confidence of the answers is from the share that is right, mean "
        "over 15 bins of the confidence; 0 is perfect"
    ),
    rows=binned_excess,
    kinds=CLASSES,
    better="lower",
    bounds=(0.0, 1.0),
    metric="ece",
)
def ece(sums: np.ndarray) -> np.ndarray:
    """Expected calibration error in 15 bins (`kpoc.evaluation.calibration`)."""
    return ratio(np.abs(sums[..., :-1]).sum(axis=-1), sums[..., -1])
