"""Training curves: the loss of every seed of one side, epoch by epoch."""

from kpoc.report import numbers
from kpoc.report.figures import style

_NAN = float("nan")


def draw(history: list[list[dict]], best: list[dict | None], position: int):
    """Draw training loss (dashed) and validation loss (solid) of every seed.

    Args:
        history: One list a seed, one dict an epoch: `epoch`, `loss`, `val_loss`.
        best: The epoch of each seed that is marked.
        position: The side's position among the sides.

    Returns:
        A matplotlib Figure.
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    mark = style.mark(position)
    figure = Figure(figsize=(4.3, 2.5), layout="constrained")
    axes = figure.add_subplot()
    for rows, kept in zip(history, best, strict=True):
        epochs = [row["epoch"] for row in rows]
        training = [_get(row, "loss") for row in rows]
        validation = [_get(row, "val_loss") for row in rows]
        # A single epoch is a point: without a dot it could not be seen.
        dot = "." if len(rows) == 1 else ""
        axes.plot(
            epochs,
            training,
            color=style.MUTED,
            linestyle=(0, (3, 2)),
            linewidth=1,
            marker=dot,
            alpha=0.8,
        )
        axes.plot(epochs, validation, color=mark.color, linewidth=1.5, marker=dot)
        if kept is not None:
            axes.plot(
                [kept["epoch"]],
                [_get(kept, "val_loss")],
                marker=mark.marker,
                color=mark.color,
                markersize=6.5,
                markeredgecolor="white",
                markeredgewidth=0.8,
                zorder=3,
            )
    axes.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True))
    axes.grid(axis="y", color=style.GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.set_xlabel("epoch")
    axes.set_ylabel("loss")
    return figure


def _get(row: dict, field: str) -> float:
    value = row.get(field)
    return value if numbers.is_number(value) else _NAN
