"""What each trial gave, one after the other, and the best until then."""

from __future__ import annotations

from collections.abc import Sequence

from kpoc.report.figures import style
from kpoc.report.figures.svg import one_line
from tuning.folder import Record
from tuning.objective import Objective


def draw(records: Sequence[Record], objective: Objective):
    """Draw a dot a trial: hollow if it was stopped, a cross if it failed.

    Args:
        records: All trials.
        objective: What was sought.

    Returns:
        A matplotlib Figure.
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=(7.5, 3.0), layout="constrained")
    axes = figure.add_subplot()
    mark, best, steps = style.mark(1), None, []
    for one in records:
        if one.is_complete and (best is None or objective.better(one.score, best)):
            best = one.score
        steps.append((one.number + 1, best))
    known = [step for step in steps if step[1] is not None]
    axes.step(*zip(*known, strict=True), where="post", color=style.INK, linewidth=1.2)
    for stopped in (False, True):
        some = [r for r in records if r.is_complete and r.stopped is stopped]
        axes.plot(
            [one.number + 1 for one in some],
            [one.score for one in some],
            linestyle="none",
            marker=mark.marker,
            markersize=5.5,
            color=mark.color,
            markerfacecolor="white" if stopped else mark.color,
            zorder=3,
        )
    failed = [one.number + 1 for one in records if not one.is_complete]
    axes.plot(
        failed,
        [0.03] * len(failed),
        linestyle="none",
        marker="X",
        color=style.mark(2).color,
        transform=axes.get_xaxis_transform(),
        zorder=3,
    )
    axes.xaxis.set_major_locator(MaxNLocator(nbins=10, integer=True))
    # there is no trial 0
    axes.set_xlim(0.5, len(records) + 0.5)
    axes.grid(axis="y", color=style.GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.set_xlabel("trial")
    axes.set_ylabel(one_line(objective.label))
    return figure
