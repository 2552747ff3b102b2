"""Statistics of rows that scores are sums of, shared between scores.

Indicators come as float32: sums of 0/1 times a resample's weights stay exact to
1e-7 there and the matrix products are twice as fast. Errors come as float64.
"""

import numpy as np


def predicted_classes(probabilities: np.ndarray) -> np.ndarray:
    """Codes of the most probable classes; the lower code wins a tie."""
    return np.argmax(probabilities, axis=1)


def confusion_marginals(truth: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Per class: right, predicted, true; shape (n, 3K), classes fastest."""
    classes = np.arange(probabilities.shape[1])
    true = truth[:, None] == classes
    predicted = predicted_classes(probabilities)[:, None] == classes
    return np.concatenate([true & predicted, predicted, true], axis=1, dtype=np.float32)


def split_marginals(sums: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sums of `confusion_marginals` as (right, predicted, true), each (..., K)."""
    right, predicted, true = np.split(np.asarray(sums, np.float64), 3, axis=-1)
    return right, predicted, true


def with_count(values: np.ndarray) -> np.ndarray:
    """The values beside a column of ones, whose sum is the number of rows."""
    values = np.asarray(values)
    dtype = np.float32 if values.dtype == bool else np.float64
    return np.stack([values, np.ones(len(values))], axis=1).astype(dtype)


def ratio(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """Numerator / denominator, NaN where the denominator is zero."""
    numerator = np.asarray(numerator, np.float64)
    denominator = np.asarray(denominator, np.float64)
    result = np.full(np.broadcast_shapes(numerator.shape, denominator.shape), np.nan)
    return np.divide(numerator, denominator, out=result, where=denominator > 0)


def mean_of_count(sums: np.ndarray) -> np.ndarray:
    """The mean from sums of `with_count`; NaN without rows."""
    return ratio(sums[..., 0], sums[..., 1])
