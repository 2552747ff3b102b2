"""Temperature scaling: one number that takes back too much or too little confidence."""

import numpy as np
from scipy import optimize, special

LIMITS = (0.01, 100.0)
# as scikit-learn's log_loss, so that a probability of 0 costs 36 and not infinity
_SMALLEST = np.finfo(np.float64).eps


def log_probabilities(probabilities) -> np.ndarray:
    """Natural logarithms, of zeros as of 2.2e-16; logits up to a constant a row."""
    return np.log(np.clip(np.asarray(probabilities, np.float64), _SMALLEST, 1.0))


def scale(probabilities, temperature: float) -> np.ndarray:
    """Probabilities whose logits are divided by a temperature.

    ::

        p_k^(1/T) / sum over j of p_j^(1/T)

    T > 1 takes confidence away, T < 1 adds some. The order of the classes stays, and
    with it every answer.

    Args:
        probabilities: (n, K).
        temperature: T > 0.

    Returns:
        (n, K), the rows summing to 1.

    Raises:
        ValueError: If `temperature` is not above 0.

    Example:
        >>> scale([[0.9, 0.1]], 2.0).round(3).tolist()
        [[0.75, 0.25]]
    """
    if not temperature > 0:
        raise ValueError(f"`temperature` must be above 0. Received: {temperature}")
    return special.softmax(log_probabilities(probabilities) / temperature, axis=1)


def fit_temperature(truth, probabilities) -> float:
    """The temperature with the lowest negative log-likelihood.

    With z the log probabilities and b = 1 / T, the mean of -log softmax(b z)[truth] is
    convex in b; its slope, the mean of (sum over k of p_k(b) z_k) - z[truth], is zero
    at the optimum and found by bisection (Brent). Fit it on rows that were neither
    trained on nor are reported on: the validation rows.

    Args:
        truth: Class codes 0 .. K - 1, (n,), n > 0.
        probabilities: (n, K).

    Returns:
        T within 0.01 and 100. It ends there if no T is best: above, where the answers
        are no better than guesses; below, where every row is right.

    Raises:
        ValueError: If the shapes do not fit or there are no rows.

    Example:
        >>> confident = np.tile([0.99, 0.01], (4, 1))
        >>> temperature = fit_temperature([0, 0, 0, 1], confident)
        >>> scale(confident, temperature)[0].round(3).tolist()  # right 3 times of 4
        [0.75, 0.25]

    Reference:
        Guo, Pleiss, Sun, Weinberger, On Calibration of Modern Neural Networks, ICML
        2017, section 4.2.
    """
    truth, logits = np.asarray(truth), log_probabilities(probabilities)
    if logits.ndim != 2 or truth.shape != logits.shape[:1] or not len(truth):
        raise ValueError(
            "`probabilities` must be (n, K) and `truth` (n,), with n > 0. Received: "
            f"shapes {logits.shape} and {truth.shape}"
        )
    of_truth = logits[np.arange(len(truth)), truth].mean()

    def slope(log_inverse: float) -> float:
        scaled = special.softmax(np.exp(log_inverse) * logits, axis=1)
        return float((scaled * logits).sum(axis=1).mean() - of_truth)

    low, high = (-np.log(limit) for limit in reversed(LIMITS))
    if slope(low) >= 0:
        return LIMITS[1]
    if slope(high) <= 0:
        return LIMITS[0]
    return float(np.exp(-optimize.brentq(slope, low, high, xtol=1e-10)))
