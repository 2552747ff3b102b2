"""Histograms of a number: after one step, or of the splits over each other."""

from collections.abc import Sequence

import numpy as np

from kpoc.report.figures import style
from kpoc.report.figures.svg import one_line


def draw_counts(edges: Sequence[float], counts: Sequence[int], top: int, xlabel: str):
    """Draw a small histogram of rows, one of several that share their axes.

    Args:
        edges: Edges of the bins.
        counts: Rows in each bin.
        top: The largest count of all of them.
        xlabel: What the horizontal axis measures.

    Returns:
        A matplotlib Figure.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(2.6, 1.6), layout="constrained")
    axes = figure.add_subplot()
    axes.stairs(counts, edges, fill=True, color=style.mark(1).color, alpha=0.85)
    axes.locator_params(axis="y", nbins=3)
    axes.set_xlim(edges[0], edges[-1])
    axes.set_ylim(0, 1.05 * max(top, 1))
    axes.set_xlabel(one_line(xlabel))
    axes.set_ylabel("rows")
    return figure


def draw_shares(
    series: Sequence[np.ndarray], edges: Sequence[float], xlabel: str, log: bool = False
):
    """Draw the spread of several sets of values, each adding up to one.

    Args:
        series: Values of each set; the first is filled.
        edges: Edges of the bins.
        xlabel: What the horizontal axis measures.
        log: Draw it on a logarithmic scale; heights are then per equal ratio.

    Returns:
        A matplotlib Figure.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.6, 2.5), layout="constrained")
    axes = figure.add_subplot()
    widths = np.diff(np.log(edges) if log else np.asarray(edges))
    for i, values in enumerate(series):
        counts = np.histogram(values, edges)[0]
        heights = counts / max(len(values), 1) / widths
        mark = style.mark(_mark(i))
        if i == 0:
            axes.stairs(heights, edges, fill=True, color=mark.color, alpha=0.35)
        else:
            axes.stairs(heights, edges, color=mark.color, linewidth=1.5)
    if log:
        axes.set_xscale("log")
        _plain_ticks(axes)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_ylim(bottom=0)
    axes.set_xlabel(one_line(xlabel))
    return figure


def legend(names: Sequence[str]) -> list[dict]:
    """What the legend of `draw_shares` shows."""
    marks = [style.mark(_mark(i)) for i in range(len(names))]
    return [
        {"name": name, "color": mark.color, "path": "M-5,-5H5V5H-5z"}
        for name, mark in zip(names, marks, strict=True)
    ]


def _mark(position: int) -> int:
    # the grey of baselines is for sides alone
    return position + 1


def _plain_ticks(axes) -> None:
    """Numbers instead of powers of ten, as few as can be read."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
