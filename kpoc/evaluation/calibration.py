"""Expected calibration error from saved predictions."""

import numpy as np

BINS = 15


def confidence_bins(probabilities: np.ndarray, num_bins: int) -> np.ndarray:
    """Bin of each row by its highest probability: bin m holds (m / M, (m + 1) / M].

    Edges are taken in the dtype of `probabilities`.

    Args:
        probabilities: (n, K).
        num_bins: M, bins of equal width.

    Returns:
        (n,) positions 0 .. M - 1.

    Example:
        >>> confidence_bins(np.array([[0.5, 0.5], [0.1, 0.9]]), 10).tolist()
        [4, 8]
    """
    inner = (np.arange(1, num_bins) / num_bins).astype(probabilities.dtype)
    return np.searchsorted(inner, probabilities.max(axis=1), side="left")


def expected_calibration_error(truth, probabilities, *, num_bins: int = BINS) -> float:
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
    bins = confidence_bins(probabilities, num_bins)
    gaps = np.bincount(bins, weights=excess(truth, probabilities), minlength=num_bins)
    return float(np.abs(gaps).sum() / len(truth))


def excess(truth: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Of each row, whether it is right (0 or 1) less its confidence; (n,)."""
    right = probabilities.argmax(axis=1) == truth
    return right - probabilities.max(axis=1).astype(np.float64)


def chance_error(probabilities: np.ndarray, num_bins: int = BINS) -> float:
    """The calibration error that perfectly calibrated rows show on average by chance.

    Were the confidences c_i true, the rows that are right in bin m would be a sum of
    Bernoulli(c_i), about normal with the variance v_m = sum of c_i (1 - c_i), and the
    mean of its distance from what is expected sqrt(2 v_m / pi)::

        sum over m of sqrt(2 v_m / pi) / n

    So an error of this size says nothing against a model, and every error on few rows
    is too large by up to this much.

    Args:
        probabilities: (n, K), the rows summing to 1.
        num_bins: Bins of equal width.

    Returns:
        In [0, 1]; NaN without rows.

    Example:
        >>> chance = chance_error(np.full((100, 2), 0.5))
        >>> round(chance, 4)  # one bin: the mean distance of 100 coins from 50, / 100
        0.0399

    Reference:
        Broecker, Smith, Increasing the Reliability of Reliability Diagrams, Weather
        and Forecasting 22 (2007), for the idea; the normal approximation is usual.
    """
    if not len(probabilities):
        return float("nan")
    confidence = probabilities.max(axis=1).astype(np.float64)
    variance = np.bincount(
        confidence_bins(probabilities, num_bins),
        weights=confidence * (1 - confidence),
        minlength=num_bins,
    )
    # a table of predictions may hold a probability that is 1 + 1e-7
    spread = np.sqrt(2 * np.maximum(variance, 0.0) / np.pi)
    return float(spread.sum() / len(confidence))
