"""Parallel coordinates: a line a trial, from key to key, to its score."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kpoc.report import numbers
from kpoc.report.figures import style
from kpoc.report.figures.svg import one_line

_BREAK = -0.12
"""Where a key lies that does not count: below its axis."""


def draw(
    places: np.ndarray,
    scores: Sequence[float],
    ends: Sequence[tuple[str, list[tuple[float, str]]]],
    label: str,
    better_up: bool,
):
    """Draw the lines, the best ones darkest and on top.

    Args:
        places: Where the trials lie along each key, 0 to 1, less where it does not
            count; (trials, keys).
        scores: What they gave.
        ends: A key's name and its ticks, places with texts.
        label: What the score is called.
        better_up: Whether more is better.

    Returns:
        A matplotlib Figure.
    """
    from matplotlib import colormaps
    from matplotlib.figure import Figure

    count = len(ends) + 1
    figure = Figure(figsize=(max(6.5, 1.35 * count), 3.9), layout="constrained")
    axes = figure.add_subplot()
    scores = np.asarray(scores, "float64")
    low, high = scores.min(), scores.max()
    share = (scores - low) / ((high - low) or 1.0)
    rank = share if better_up else 1 - share
    lines = np.column_stack([np.where(places < 0, _BREAK, places), share])
    colours = colormaps["viridis_r"]
    for i in np.argsort(rank, kind="stable"):
        axes.plot(
            range(count),
            lines[i],
            color=colours(0.3 + 0.7 * rank[i]),
            linewidth=0.8 + 1.4 * rank[i],
            alpha=0.5 + 0.45 * rank[i],
            zorder=2 + rank[i],
        )
    last = (label, [(0.0, numbers.significant(low)), (1.0, numbers.significant(high))])
    for x, (_, ticks) in enumerate([*ends, last]):
        axes.vlines(x, 0, 1, color=style.MUTED, linewidth=0.8, zorder=1)
        for place, text in ticks:
            axes.annotate(
                numbers.shorten(one_line(text), 14),
                (x, place),
                xytext=(4, 0),
                textcoords="offset points",
                va="center",
                fontsize=7.5,
                color=style.INK,
                bbox={"facecolor": "white", "alpha": 0.75, "pad": 0.6, "linewidth": 0},
                zorder=5,
            )
    axes.set_xticks(range(count), [_name(name) for name, _ in [*ends, last]])
    axes.tick_params(axis="x", length=0, labelsize=8)
    axes.set_yticks([])
    axes.set_xlim(-0.1, count - 0.4)
    axes.set_ylim(_BREAK - 0.04, 1.06)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    return figure


def _name(key: str) -> str:
    """The end of a dotted key, in lines that fit between two axes."""
    parts = one_line(key).split(".")[-2:]
    return "\n".join(numbers.shorten(part, 16) for part in parts)
