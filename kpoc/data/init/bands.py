"""Edges of bands for a number: few, round, each with rows enough."""

from __future__ import annotations

import math

import numpy as np

MOST_BANDS = 8
_ROUND = (1.0, 2.0, 2.5, 5.0, 10.0)
_LONG_TAIL = 2.0
_SHARE = 0.02
_LEAST_ROWS = 10


def skewness(values: np.ndarray) -> float:
    """The third standardised moment: above 0 with a long tail to the right."""
    centred = values - values.mean()
    spread = values.std()
    return float((centred**3).mean() / spread**3) if spread else 0.0


def band_edges(values: np.ndarray) -> list[int | float]:
    """Edges of a few bands that hold all values.

    At most eight bands are equally wide, by a round number; for positive values with
    a long tail, edges rise as 1, 2, 5, 10. Then bands with fewer than 2 % of the rows
    (or 10) are joined to the smaller of their neighbours.

    Args:
        values: The numbers, (n,), finite.

    Returns:
        Rising edges, the last above the largest value: int if all values are whole.

    Example:
        >>> ages = np.repeat(np.arange(1, 80), 10)
        >>> band_edges(ages)
        [0, 10, 20, 30, 40, 50, 60, 70, 80]
    """
    values = np.asarray(values, dtype=np.float64)
    whole = not (values % 1).any()
    if values.min() > 0 and skewness(values) > _LONG_TAIL:
        edges = _rising_edges(values, whole)
    else:
        edges = _even_edges(values, whole)
    counts = np.histogram(values, edges)[0].tolist()
    least = min(max(_LEAST_ROWS, _SHARE * len(values)), len(values) / 2)
    while len(counts) > 2 and min(counts) < least:
        _join_smallest(edges, counts)
    return [round(edge) if whole else round(edge, 10) for edge in edges]


def _even_edges(values: np.ndarray, whole: bool) -> list[float]:
    low, high = float(values.min()), float(values.max())
    width = _round_width((high - low) / MOST_BANDS, whole)
    first = math.floor(low / width)
    count = math.floor(high / width) - first + 1
    return [(first + k) * width for k in range(count + 1)]


def _rising_edges(values: np.ndarray, whole: bool) -> list[float]:
    low, high = float(values.min()), float(values.max())
    powers = range(math.floor(math.log10(low)), math.floor(math.log10(high)) + 2)
    series = [step * 10.0**power for power in powers for step in (1, 2, 5)]
    if whole:
        series = [edge for edge in series if edge >= 1]
    first = max(k for k, edge in enumerate(series) if edge <= low)
    last = min(k for k, edge in enumerate(series) if edge > high)
    return series[first : last + 1]


def _round_width(width: float, whole: bool) -> float:
    """The next round number that is not below `width`."""
    power = 10.0 ** math.floor(math.log10(width)) if width else 1.0
    found = next(step * power for step in _ROUND if step * power >= width * (1 - 1e-9))
    return max(2.0, float(math.ceil(found))) if whole else found


def _join_smallest(edges: list[float], counts: list[int]) -> None:
    at = counts.index(min(counts))
    sides = [side for side in (at - 1, at + 1) if 0 <= side < len(counts)]
    other = min(sides, key=lambda side: counts[side])
    left = min(at, other)
    counts[left : left + 2] = [counts[left] + counts[left + 1]]
    del edges[left + 1]
