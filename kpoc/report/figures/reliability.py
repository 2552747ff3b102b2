"""A reliability diagram: how often answers of a confidence are right."""

from kpoc.evaluation.few import FEW_IN_BIN
from kpoc.report import numbers
from kpoc.report.figures import style

_FAINT = 0.35


def draw(raw: list[dict], scaled: list[dict] | None, position: int, bins: int):
    """Draw one side's diagram over the shares of its confidences.

    Args:
        raw: One point a bin that holds rows: `bin`, `confidence`, `accuracy`, `low`,
            `high`, `rows`. The larger a mark, the more rows.
        scaled: The same after temperature scaling, drawn hollow; None for none.
        position: The side's position among the sides.
        bins: Bins of equal width between 0 and 1.

    Returns:
        A matplotlib Figure.
    """
    from matplotlib.figure import Figure

    mark = style.mark(position)
    figure = Figure(figsize=(3.5, 3.9), layout="constrained")
    above, below = figure.subplots(
        2, 1, sharex=True, gridspec_kw={"height_ratios": [4, 1]}
    )
    above.plot([0, 1], [0, 1], color=style.MUTED, linewidth=1, linestyle=(0, (4, 3)))
    above.text(
        0.03,
        0.97,
        "less sure than right",
        transform=above.transAxes,
        va="top",
        color=style.MUTED,
        fontsize=8,
    )
    above.text(
        0.97,
        0.03,
        "surer than right",
        transform=above.transAxes,
        ha="right",
        color=style.MUTED,
        fontsize=8,
    )
    for given, hollow in ((scaled or [], True), (raw, False)):
        points = [point for point in given if numbers.is_number(point["rows"])]
        total = sum(point["rows"] for point in points)
        for point in points:
            _point(above, point, point["rows"] / total, mark, hollow)
        below.bar(
            [(point["bin"] + 0.5) / bins for point in points],
            [point["rows"] / total for point in points],
            width=0.9 / bins,
            facecolor="none" if hollow else mark.color,
            edgecolor=mark.color,
            alpha=1 if hollow else _FAINT,
            linewidth=0.9 if hollow else 0,
        )
    above.set_ylabel("share right")
    below.set_ylabel("rows")
    below.set_xlabel("confidence")
    above.set_xlim(0, 1)
    above.set_ylim(0, 1)
    below.set_yticks([])
    below.spines["left"].set_visible(False)
    ticks = [0, 0.25, 0.5, 0.75, 1]
    for axis, setter in ((above, above.set_yticks), (below, below.set_xticks)):
        setter(ticks, ["0", "25 %", "50 %", "75 %", "100 %"])
        axis.tick_params(length=0)
    above.grid(color=style.GRID, linewidth=0.8)
    above.set_axisbelow(True)
    return figure


def _point(axes, point: dict, share: float, mark: style.Mark, hollow: bool) -> None:
    x, y = point["confidence"], point["accuracy"]
    if not (numbers.is_number(x) and numbers.is_number(y)):
        return
    if not hollow and point["rows"] >= FEW_IN_BIN and numbers.is_number(point["low"]):
        axes.vlines(
            [x], [point["low"]], [point["high"]], color=mark.color, linewidth=1.3
        )
    axes.plot(
        [x],
        [y],
        linestyle="none",
        marker=mark.marker,
        markersize=4 + 4.5 * min(2 * share, 1) ** 0.5,
        color=mark.color,
        markerfacecolor="none" if hollow else mark.color,
        markeredgecolor=mark.color if hollow else "white",
        markeredgewidth=1.1 if hollow else 0.5,
        zorder=3,
        clip_on=False,
    )
