"""Training curves: every seed's loss, epoch by epoch."""

from kpoc.report import cells, history, lookup, numbers
from kpoc.report.figures import curves, style
from kpoc.report.figures.svg import draw_svg

TITLE = "Training"
MISSING = "No training curves: no side brought its history."
PLACE = 160


def context(comparison: dict) -> dict | None:
    """Draw one figure a side that has a history."""
    drawn, absent = [], []
    for position, side in enumerate(comparison["sides"]):
        if any(side["history"]):
            drawn.append(_panel(position, side))
        else:
            absent.append(side["name"])
    if not drawn:
        return None
    return {
        "legend": style.legend(lookup.side_names(comparison)),
        "panels": drawn,
        "absent": absent,
    }


def _panel(position: int, side: dict) -> dict:
    best = history.best_epochs(side)
    svg = draw_svg(
        f"curves-{position}",
        f"Training and validation loss of {side['name']}, every seed",
        curves.draw,
        side["history"],
        best,
        position,
    )
    return {
        "name": side["name"],
        "svg": svg,
        "watched": history.watched(side),
        "rows": [
            _row(side, i, rows, best[i] or {})
            for i, rows in enumerate(side["history"])
            if rows
        ],
    }


def _row(side: dict, i: int, rows: list[dict], best: dict) -> dict:
    parts = ("history", side["name"], i)
    return {
        "seed": side["seeds"][i] if i < len(side["seeds"]) else i,
        "epochs": cells.make_cell((*parts, "epochs"), len(rows), numbers.count),
        "best": cells.make_cell(
            (*parts, "best_epoch"),
            best.get("epoch"),
            numbers.count,
            "what decides was never a number",
        ),
        "loss": cells.make_cell(
            (*parts, "best_val_loss"),
            best.get("val_loss"),
            lambda value: numbers.significant(value, 4),
            "validation loss was not a number",
        ),
    }
