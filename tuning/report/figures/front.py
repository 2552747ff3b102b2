"""Two goals against each other: all trials, and those that no other one beats."""

from __future__ import annotations

from collections.abc import Sequence

from kpoc.report.figures import style
from kpoc.report.figures.svg import one_line
from tuning.folder import Record
from tuning.objective import Goal


def draw(records: Sequence[Record], front: Sequence[Record], x: Goal, y: Goal):
    """Draw a dot a trial; the better end of each axis lies right and up.

    Args:
        records: Trials that came to their end.
        front: Those of the Pareto front.
        x: The goal of the horizontal axis.
        y: The goal of the vertical axis.

    Returns:
        A matplotlib Figure.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.2, 3.4), layout="constrained")
    axes = figure.add_subplot()
    on_front = {one.number for one in front}
    rest = [one for one in records if one.number not in on_front]
    for some, mark, size in ((rest, style.mark(0), 16), (front, style.mark(2), 34)):
        axes.scatter(
            [one.figures[x.name] for one in some],
            [one.figures[y.name] for one in some],
            s=size,
            marker=mark.marker,
            color=mark.color,
            linewidths=0,
        )
    for one in front:
        axes.annotate(
            str(one.number + 1),
            (one.figures[x.name], one.figures[y.name]),
            xytext=(5, 4),
            textcoords="offset points",
            fontsize=8,
        )
    if x.better == "lower":
        axes.invert_xaxis()
    if y.better == "lower":
        axes.invert_yaxis()
    axes.grid(color=style.GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.set_xlabel(one_line(x.name))
    axes.set_ylabel(one_line(y.name))
    return figure
