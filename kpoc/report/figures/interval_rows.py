"""Estimates with intervals in rows: one row a class, group or metric.

The forest plot is the same figure with a line at zero.
"""

from kpoc.report import numbers
from kpoc.report.figures import style
from kpoc.report.figures.svg import one_line

_LABEL = 26
# Rows, and marks in all of them, that a figure can hold and a reader can take in.
MOST = 40
_MOST_MARKS, _FEWEST = 120, 12


def draw(
    labels: list[str],
    series: list[dict],
    xlabel: str,
    zero: bool = False,
    inverted: bool = False,
    strong: frozenset[int] = frozenset(),
    width: float = 4.3,
    bars: float | None = None,
):
    """Draw rows of estimates.

    Args:
        labels: One a row, from the top.
        series: One a side: `mark` (its position among the sides) and `points`, one
            `(estimate, low, high)` a row, None where there is nothing.
        xlabel: What the axis measures.
        zero: Draw a line at zero and say on which side the method wins.
        inverted: Smaller values to the right.
        strong: Rows whose label stands out.
        width: Width in inches.
        bars: Draw a bar from zero to each estimate, on an axis that ends here.

    Returns:
        A matplotlib Figure.
    """
    from matplotlib.figure import Figure

    dense = len(labels) > 12
    step = 0.115 if dense else 0.15
    pitch = step * len(series) + (0.09 if dense else 0.16)
    height = pitch * len(labels) + (0.95 if zero else 0.7)
    figure = Figure(figsize=(width, max(height, 1.35)), layout="constrained")
    axes = figure.add_subplot()
    for row in range(1, len(labels), 2):
        axes.axhspan(row - 0.5, row + 0.5, color="#f3f5f8", linewidth=0, zorder=0)
    for i, one in enumerate(series):
        shift = (i - (len(series) - 1) / 2) * step / pitch
        if bars:
            _bars(axes, one, shift, 0.9 * step / pitch)
        _points(axes, one, shift, small=dense or bars)
    axes.set_ylim(len(labels) - 0.5, -0.5)
    axes.set_yticks(
        range(len(labels)),
        [numbers.shorten(one_line(label), _LABEL) for label in labels],
    )
    for row, label in enumerate(axes.get_yticklabels()):
        label.set_fontsize(8 if dense else 9)
        label.set_fontweight("bold" if row in strong else "normal")
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color=style.GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines["left"].set_visible(False)
    axes.margins(x=0.06)
    axes.locator_params(axis="x", nbins=6)
    axes.set_xlabel(one_line(xlabel))
    if bars:
        axes.set_xlim(0, bars)
    if inverted:
        axes.invert_xaxis()
    if zero:
        _zero(axes)
    return figure


def _points(axes, one: dict, shift: float, small: bool) -> None:
    mark = style.mark(one["mark"])
    for row, point in enumerate(one["points"]):
        if point is None or not numbers.is_number(point[0]):
            continue
        estimate, low, high = point
        y = row + shift
        if numbers.is_number(low) and numbers.is_number(high):
            axes.plot([low, high], [y, y], color=mark.color, linewidth=1.6, zorder=2)
        axes.plot(
            [estimate],
            [y],
            marker=mark.marker,
            color=mark.color,
            markersize=4 if small else 5.5,
            markeredgecolor="white",
            markeredgewidth=0.6,
            zorder=3,
        )


def _bars(axes, one: dict, shift: float, height: float) -> None:
    rows = [
        (row + shift, point[0])
        for row, point in enumerate(one["points"])
        if point is not None and numbers.is_number(point[0])
    ]
    axes.barh(
        [y for y, _ in rows],
        [estimate for _, estimate in rows],
        height,
        color=style.mark(one["mark"]).color,
        alpha=0.28,
        linewidth=0,
    )


def _zero(axes) -> None:
    low, high = sorted(axes.get_xlim())
    span = max(abs(low), abs(high))
    ends = (span, -span) if axes.xaxis_inverted() else (-span, span)
    axes.set_xlim(*ends)
    axes.axvline(0, color=style.INK, linewidth=1.1, zorder=1)
    for x, side, text in ((0, "left", "◀ worse"), (1, "right", "better ▶")):
        axes.text(
            x,
            1.0,
            text,
            transform=axes.transAxes,
            ha=side,
            va="bottom",
            color=style.MUTED,
            fontsize=8.5,
        )


def series(lines: list[list[dict | None]]) -> list[dict]:
    """Turn lines of score rows, one a side in each, into what `draw` takes."""
    sides = len(lines[0]) if lines else 0
    return [
        {
            "mark": i,
            "points": [
                (line[i]["estimate"], line[i]["low"], line[i]["high"])
                if line[i]
                else None
                for line in lines
            ],
        }
        for i in range(sides)
    ]


def fitting(sides: int) -> int:
    """How many rows fit a figure of so many sides.

    Example:
        >>> fitting(2), fitting(4), fitting(12)
        (40, 30, 12)
    """
    return max(_FEWEST, min(MOST, _MOST_MARKS // max(sides, 1)))


def lowest(
    lines: list[list[dict | None]], keep_order: bool = False, most: int | None = None
) -> list[int]:
    """Choose the lines that fit a figure: those the baseline serves worst.

    Args:
        lines: Score rows, one a side in each line.
        keep_order: Keep the lines' own order, for levels that have one.
        most: How many fit; by default what `fitting` says of a figure.

    Returns:
        Positions, at most `most`; all of them, in order, if they fit.
    """
    if most is None:
        most = fitting(len(lines[0]) if lines else 1)
    if len(lines) <= most:
        return list(range(len(lines)))

    def badness(i: int) -> tuple:
        row = lines[i][0]
        if row is None or not numbers.is_number(row["estimate"]):
            return (1, 0.0)
        return (0, row["estimate"] * (1 if row["better"] == "higher" else -1))

    chosen = sorted(range(len(lines)), key=badness)[:most]
    return sorted(chosen) if keep_order else chosen
