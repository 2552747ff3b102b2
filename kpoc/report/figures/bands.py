"""Estimates with intervals along the bands of a number, such as age."""

from kpoc.report import numbers
from kpoc.report.figures import style
from kpoc.report.figures.svg import one_line

_NAN = float("nan")


def draw(
    labels: list[str],
    series: list[list[dict | None]],
    ylabel: str,
    xlabel: str = "",
):
    """Draw one line a side over the bands.

    Args:
        labels: One a band, in order.
        series: One a side: for every band `estimate`, `low`, `high`, or None.
        ylabel: What is measured, with its unit.
        xlabel: What the bands are of.

    Returns:
        A matplotlib Figure.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.7, 2.8), layout="constrained")
    axes = figure.add_subplot()
    for i, points in enumerate(series):
        mark = style.mark(i)
        shift = (i - (len(series) - 1) / 2) * min(0.16, 0.6 / len(series))
        x = [position + shift for position in range(len(labels))]
        estimates = [_get(point, "estimate") for point in points]
        axes.plot(x, estimates, color=mark.color, linewidth=0.9, alpha=0.55)
        axes.plot(
            x,
            estimates,
            linestyle="none",
            marker=mark.marker,
            color=mark.color,
            markersize=5.5,
            markeredgecolor="white",
            markeredgewidth=0.6,
            zorder=3,
        )
        axes.vlines(
            x,
            [_get(point, "low") for point in points],
            [_get(point, "high") for point in points],
            color=mark.color,
            linewidth=1.6,
            zorder=2,
        )
    axes.set_xticks(
        range(len(labels)),
        [numbers.shorten(one_line(label), 14) for label in labels],
    )
    if len(labels) > 8 or max(map(len, labels), default=0) > 7:
        axes.tick_params(axis="x", labelrotation=45)
    axes.tick_params(axis="x", length=0)
    axes.grid(axis="y", color=style.GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.set_ylabel(one_line(ylabel))
    axes.set_xlabel(one_line(xlabel))
    axes.set_xlim(-0.6, len(labels) - 0.4)
    return figure


def _get(point: dict | None, field: str) -> float:
    value = (point or {}).get(field)
    return value if numbers.is_number(value) else _NAN
