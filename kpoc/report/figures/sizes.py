"""Widths and heights of images, larger dots for more of them."""

import numpy as np

from kpoc.report.figures import style


def draw(counts: dict[tuple[int, int], int]):
    """Draw a dot a size.

    Args:
        counts: Number of images by (width, height).

    Returns:
        A matplotlib Figure.
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    figure = Figure(figsize=(4.2, 3.6), layout="constrained")
    axes = figure.add_subplot()
    sizes = np.array(list(counts))
    many = np.array(list(counts.values()))
    axes.scatter(
        sizes[:, 0],
        sizes[:, 1],
        s=4 + 120 * many / many.max(),
        color=style.mark(1).color,
        alpha=0.45,
        linewidths=0,
    )
    low, high = sizes.min() / 1.2, sizes.max() * 1.2
    axes.plot((low, high), (low, high), color=style.MUTED, linewidth=0.8, zorder=0)
    axes.set_xscale("log")
    axes.set_yscale("log")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axis.set_minor_formatter(NullFormatter())
    axes.set_xlim(low, high)
    axes.set_ylim(low, high)
    axes.set_xlabel("width, pixels")
    axes.set_ylabel("height, pixels")
    return figure
