"""Bars, the longest first."""

from __future__ import annotations

from collections.abc import Mapping

from kpoc.report import numbers
from kpoc.report.figures import style
from kpoc.report.figures.svg import one_line


def draw(values: Mapping[str, float], label: str):
    """Draw a bar a name.

    Args:
        values: What each bar shows, by name, in their order from the top.
        label: What it is.

    Returns:
        A matplotlib Figure.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.5, 0.7 + 0.28 * len(values)), layout="constrained")
    axes = figure.add_subplot()
    names = [numbers.shorten(one_line(name), 40) for name in values]
    places = range(len(names))
    axes.barh(places, list(values.values()), color=style.mark(1).color, height=0.62)
    axes.set_yticks(places, names)
    axes.invert_yaxis()
    axes.axvline(0, color=style.MUTED, linewidth=0.8)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color=style.GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.set_xlabel(one_line(label))
    return figure
