"""How a contract test says which promise is broken."""

from __future__ import annotations

import numpy as np


def expect(kept: object, promise: str) -> None:
    """Raises `AssertionError` with the promise, unless it is kept."""
    if not kept:
        raise AssertionError(promise)


def close(
    actual: np.ndarray, expected: np.ndarray, promise: str, tolerance: float = 1e-5
) -> None:
    """Expects two arrays to differ by no more than a share of the largest value.

    NaN is equal to NaN.
    """
    actual, expected = np.asarray(actual, float), np.asarray(expected, float)
    expect(
        actual.shape == expected.shape,
        f"{promise}: the shapes are {actual.shape} and {expected.shape}",
    )
    same = np.isnan(actual) & np.isnan(expected)
    scale = max(1.0, float(np.abs(np.where(same, 0.0, expected)).max(initial=0.0)))
    apart = np.where(same, 0.0, np.abs(actual - expected)) / scale
    difference = float(apart.max(initial=0.0))
    expect(difference <= tolerance, f"{promise}: they are {difference:.1g} apart")
