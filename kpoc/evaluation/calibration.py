"""Expected calibration error from saved predictions."""

import numpy as np


def expected_calibration_error(truth, probabilities, *, num_bins: int = 15) -> float:
    """How far the confidence of the predicted class is from the accuracy.

    The confidence is the highest probability of a row. With the rows in M bins of equal
    width by it, bin m holding (m - 1) / M < confidence <= m / M::

        ECE = sum over m of (n_m / n) * |accuracy_m - mean confidence_m|

    Confidences are compared with the edges in the dtype of `probabilities`, so that
    float32 predictions fall into the bins of `kpoc.metrics.ExpectedCalibrationError`.

    Args:
        truth: class codes 0 .. K - 1, (n,).
        probabilities: (n, K), the rows summing to 1.
        num_bins: M. Defaults to 15, as in the paper.

    Returns:
        In [0, 1]; NaN without rows.

    Raises:
        ValueError: If a shape, a code or `num_bins` does not fit.

    Example:
        >>> from kpoc.evaluation.calibration import expected_calibration_error
        >>> probabilities = [[0.75, 0.25], [0.85, 0.15], [0.75, 0.25]]
        >>> round(expected_calibration_error([0, 0, 1], probabilities, num_bins=10), 4)
        0.2167

    Reference:
        Guo, Pleiss, Sun, Weinberger, On Calibration of Modern Neural Networks,
        ICML 2017, equation 3.
    """
    truth, probabilities = np.asarray(truth), np.asarray(probabilities)
    if probabilities.ndim != 2 or truth.shape != probabilities.shape[:1]:
        raise ValueError(
            "`probabilities` must be (n, K) and `truth` (n,). Received: shapes "
            f"{probabilities.shape} and {truth.shape}"
        )
    if num_bins < 1 or num_bins % 1:
        raise ValueError(
            "`num_bins` must be an integer of at least 1. "
            f"Received: num_bins={num_bins}"
        )
    classes = probabilities.shape[1]
    wrong = (truth < 0) | (truth >= classes) | (truth % 1 != 0)
    if wrong.any():
        raise ValueError(
            f"`truth` must hold class codes 0 .. {classes - 1}. Received: "
            f"{np.unique(truth[wrong])[:5].tolist()}"
        )
    if not len(truth):
        return float("nan")
    confidence = probabilities.max(axis=1)
    inner = (np.arange(1, num_bins) / num_bins).astype(probabilities.dtype)
    bins = np.searchsorted(inner, confidence, side="left")
    excess = (probabilities.argmax(axis=1) == truth) - confidence.astype(np.float64)
    gaps = np.bincount(bins, weights=excess, minlength=num_bins)
    return float(np.abs(gaps).sum() / len(truth))
