"""Edges of bands for a number: few, round, each with rows enough."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

MOST_BANDS = 8
_ROUND = (1.0, 2.0, 2.5, 5.0, 10.0)
_LONG_TAIL = 2.0
_SHARE = 0.02
_LEAST_ROWS = 10
_TOO_FEW = 5
_MOST_DIGITS = 15


def skewness(values: np.ndarray) -> float:
    """The third standardised moment: above 0 with a long tail to the right."""
    spread = values.std()
    if not spread:
        return 0.0
    return float((((values - values.mean()) / spread) ** 3).mean())


def band_edges(values: np.ndarray) -> list[int | float]:
    """Edges of a few bands that hold all values.

    At most eight bands are equally wide, by a round number; from 0 on with a long tail,
    edges rise as 1, 2, 5, 10. Then bands with fewer than 2 % of the rows (or 10) are
    joined to the smaller of their neighbours. Where that leaves a band with fewer than
    5, as outliers do, the edges are rounded quartiles.

    Args:
        values: The numbers, (n,), finite, at least two different ones.

    Returns:
        Rising edges, the last above the largest value: int if all values are whole.

    Example:
        >>> ages = np.repeat(np.arange(1, 80), 10)
        >>> band_edges(ages)
        [0, 10, 20, 30, 40, 50, 60, 70, 80]
    """
    values = np.asarray(values, dtype=np.float64)
    whole = not (values % 1).any()
    least = min(max(_LEAST_ROWS, _SHARE * len(values)), len(values) / 2)
    fullest, best = -1, []
    for edges in _ways(values, whole):
        counts = np.histogram(values, edges)[0].tolist()
        while len(counts) > 2 and min(counts) < least:
            _join_smallest(edges, counts)
        if min(counts) > fullest:
            fullest, best = min(counts), edges
        if fullest >= min(least, _TOO_FEW):
            break
    return [round(edge) if whole else edge for edge in best]


def _ways(values: np.ndarray, whole: bool) -> Iterator[list[float]]:
    """Edges to try, one after the other."""
    if values.min() >= 0 and skewness(values) > _LONG_TAIL:
        yield _rising_edges(values, whole)
    else:
        yield _even_edges(values, whole)
    cuts = _quartiles(values)
    for digits in range(2, _MOST_DIGITS):
        edges = _rounded(values, cuts, digits, whole)
        if edges[0] <= values.min() and values.max() < edges[-1] and len(edges) > 2:
            yield edges


def _even_edges(values: np.ndarray, whole: bool) -> list[float]:
    low, high = float(values.min()), float(values.max())
    width = _round_width((high - low) / MOST_BANDS, whole)
    # what a width of one or two digits (2.5) is made of
    places = 1 - math.floor(math.log10(width))
    first = math.floor(low / width)
    while round(first * width, places) > low:
        first -= 1
    edges = [round(first * width, places)]
    while edges[-1] <= high:
        edges.append(round((first + len(edges)) * width, places))
    return list(dict.fromkeys(edges))


def _rising_edges(values: np.ndarray, whole: bool) -> list[float]:
    """1, 2, 5, 10, 20 and so on; 0 in front of them, if there are zeros."""
    low, high = float(values[values > 0].min()), float(values.max())
    # logarithms are rounded: one power further down is surely below
    powers = range(math.floor(math.log10(low)) - 1, math.floor(math.log10(high)) + 2)
    series = [float(f"{step}e{power}") for power in powers for step in (1, 2, 5)]
    if whole:
        series = [edge for edge in series if edge >= 1]
    first = max(k for k, edge in enumerate(series) if edge <= low)
    last = min(k for k, edge in enumerate(series) if edge > high)
    return [0.0] * (not values.min()) + series[first : last + 1]


def _quartiles(values: np.ndarray) -> list[float]:
    """Quartiles that are values, and the next larger ones of values, rising.

    The latter part from the others a value that stands in most rows.
    """
    different = np.unique(values)
    quartiles = np.quantile(values, [0.25, 0.5, 0.75], method="higher")
    at = np.searchsorted(different, quartiles)
    places = np.unique([*at, *(at + 1)])
    return different[places[(places > 0) & (places < len(different))]].tolist()


def _rounded(
    values: np.ndarray, cuts: list[float], digits: int, whole: bool
) -> list[float]:
    """Edges at cuts, to so many digits of what they span."""
    low, high = float(values.min()), float(values.max())
    # digits of anything smaller are lost in floats
    span = max((cuts[-1] - cuts[0]) or (high - low), 1e-12 * (high - low), 1e-290)
    places = digits - 1 - math.floor(math.log10(span))
    places = min(places, 0) if whole else places
    unit = 10.0**-places
    edges = [
        math.floor(low / unit) * unit,
        *cuts,
        (math.floor(high / unit) + 1) * unit,
    ]
    return sorted({round(edge, places) for edge in edges})


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
