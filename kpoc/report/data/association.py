"""How much two columns have to do with each other, from 0 (nothing) to 1."""

from __future__ import annotations

import math

import numpy as np

MEASURES = {
    "r": "Pearson's correlation of two numbers, from \N{MINUS SIGN}1 to 1",
    "\N{GREEK SMALL LETTER ETA}": "correlation ratio of a number and classes: the root "
    "of the share of the number's variance that lies between the classes, less what "
    "chance alone gives (Kelley 1935)",
    "V": "Cram\N{LATIN SMALL LETTER E WITH ACUTE}r's V of two columns of classes, with "
    "Bergsma's correction (2013), so that it is near 0 where only chance is at work",
}


def pearson(x: np.ndarray, y: np.ndarray) -> float | None:
    """Pearson's correlation of two numbers; None where one of them is constant.

    Example:
        >>> pearson(np.array([1.0, 2.0, 3.0]), np.array([2.0, 1.0, 0.0]))
        -1.0
    """
    x, y = x - x.mean(), y - y.mean()
    spread = math.sqrt((x @ x) * (y @ y))
    return float(x @ y / spread) if spread else None


def correlation_ratio(codes: np.ndarray, values: np.ndarray) -> float | None:
    """The root of epsilon squared: how much of a number's variance classes explain.

    Args:
        codes: Class of each row, whole numbers from 0.
        values: The number of each row.

    Returns:
        0 to 1, or None where it is not defined: one class, a constant number, or no
        class with two rows.

    Source:
        T. L. Kelley, An unbiased correlation ratio measure, PNAS 21 (1935).

    Example:
        >>> correlation_ratio(np.array([0, 0, 1, 1]), np.array([1.0, 1.0, 5.0, 5.0]))
        1.0
    """
    sizes = np.bincount(codes)
    sums = np.bincount(codes, values)
    n, k = len(codes), int((sizes > 0).sum())
    total = float(((values - values.mean()) ** 2).sum())
    if k < 2 or n <= k or not total:
        return None
    means = np.divide(sums, sizes, out=np.zeros_like(sums), where=sizes > 0)
    within = float(((values - means[codes]) ** 2).sum())
    return math.sqrt(max(0.0, 1.0 - within / total * (n - 1) / (n - k)))


def cramers_v(table: np.ndarray) -> float | None:
    """Cramér's V with Bergsma's correction.

    Args:
        table: Rows of each combination of two columns' classes, (K, L).

    Returns:
        0 to 1, or None where a column has fewer than two classes.

    Source:
        W. Bergsma, A bias-correction for Cramér's V and Tschuprow's T, Journal of the
        Korean Statistical Society 42 (2013).

    Example:
        >>> round(cramers_v(np.array([[50, 0], [0, 50]])), 3)
        1.0
    """
    table = table[table.sum(1) > 0][:, table.sum(0) > 0].astype(float)
    n, (rows, columns) = table.sum(), table.shape
    if min(rows, columns) < 2:
        return None
    expected = table.sum(1, keepdims=True) * table.sum(0, keepdims=True) / n
    phi = ((table - expected) ** 2 / expected).sum() / n
    phi = max(0.0, phi - (rows - 1) * (columns - 1) / (n - 1))
    rows -= (rows - 1) ** 2 / (n - 1)
    columns -= (columns - 1) ** 2 / (n - 1)
    least = min(rows, columns) - 1
    return min(1.0, math.sqrt(phi / least)) if least > 0 else None
