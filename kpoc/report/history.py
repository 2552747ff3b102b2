"""What the histories of a side's trainings say."""

from kpoc.report import numbers


def watched(side: dict) -> tuple[str, str]:
    """The log that decided which epoch was kept, and its good end: `min` or `max`.

    Example:
        >>> watched({"recipe": {"early_stopping": None}})
        ('val_loss', 'min')
    """
    stopping = (side.get("recipe") or {}).get("early_stopping") or {}
    return stopping.get("monitor", "val_loss"), stopping.get("mode", "min")


def best_epochs(side: dict) -> list[dict | None]:
    """The row of the epoch that each training kept; None where it cannot be known.

    Example:
        >>> rows = [{"epoch": 1, "val_loss": 0.7}, {"epoch": 2, "val_loss": 0.5}]
        >>> best_epochs({"history": [rows, []]})
        [{'epoch': 2, 'val_loss': 0.5}, None]
    """
    log, mode = watched(side)
    pick = {"min": min, "max": max}[mode]
    found = []
    for history in side.get("history") or []:
        known = [row for row in history if numbers.is_number(row.get(log))]
        found.append(pick(known, key=lambda row: row[log], default=None))
    return found
