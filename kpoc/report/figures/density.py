"""True against predicted numbers of one side, as a density with its usual answer."""

import math

from kpoc.report import numbers
from kpoc.report.figures import style
from kpoc.report.figures.svg import one_line


def draw(
    side: dict,
    edges: list[float],
    bins: list[float],
    top: int,
    position: int,
    what: str,
):
    """Draw the density, the diagonal, the median and the lines about 80 % of the rows.

    Args:
        side: `counts` (truth in rows) and `lines` (quantiles 10, 50 and 90 % of each
            bin, or None).
        edges: Edges of the cells on both axes.
        bins: Edges of the bins along the truth.
        top: The count that is darkest, the same for all sides.
        position: The side's position among the sides.
        what: What is predicted, for the axes.

    Returns:
        A matplotlib Figure.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(2.75, 2.7), layout="constrained")
    axes = figure.add_subplot()
    ends = (edges[0], edges[-1])
    axes.imshow(
        # The root lets single rows be seen beside the crowded cells.
        [
            [math.sqrt(n) if n else math.nan for n in column]
            for column in zip(*side["counts"], strict=True)
        ],
        origin="lower",
        extent=(*ends, *ends),
        cmap="Greys",
        vmin=-0.12 * math.sqrt(top or 1),
        vmax=1.5 * math.sqrt(top or 1),
        interpolation="nearest",
    )
    axes.plot(ends, ends, color=style.INK, linewidth=0.9, linestyle=(0, (4, 3)))
    mark = style.mark(position)
    middles = [(a + b) / 2 for a, b in zip(bins, bins[1:], strict=False)]
    low, median, high = (
        [
            line[k] if line and numbers.is_number(line[k]) else math.nan
            for line in side["lines"]
        ]
        for k in range(3)
    )
    for line in (low, high):
        axes.plot(middles, line, color=mark.color, linewidth=1)
    axes.plot(
        middles,
        median,
        color=mark.color,
        linewidth=1.8,
        marker=mark.marker,
        markersize=5,
        markeredgecolor="white",
        markeredgewidth=0.6,
    )
    axes.set_xlim(*ends)
    axes.set_ylim(*ends)
    axes.locator_params(nbins=5)
    axes.set_xlabel(one_line(f"true{what}"))
    axes.set_ylabel(one_line(f"predicted{what}"))
    return figure
