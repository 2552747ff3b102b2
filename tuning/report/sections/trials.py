"""All trials."""

from __future__ import annotations

from kpoc.report import cells, numbers
from tuning.display import in_words
from tuning.report.subject import Finished

TITLE = "All trials"
MISSING = None
PLACE = 80


def context(subject: Finished) -> dict:
    """A row a trial, as they were made."""
    return {
        "label": subject.objective.label,
        "rows": [
            {
                "number": one.number + 1,
                "score": cells.make_cell(
                    ("trials", one.number, "score"),
                    one.score if one.is_complete else None,
                    lambda value: numbers.significant(value, 4),
                    one.message or "",
                ),
                "status": _status(one),
                "epochs": one.epochs,
                "seconds": cells.make_cell(
                    ("trials", one.number, "seconds"), one.seconds, numbers.seconds
                ),
                "drawn": in_words(one.levels),
            }
            for one in subject.records
        ],
    }


def _status(one) -> str:
    status = f"failed ({one.reason})" if not one.is_complete else "complete"
    if one.stopped:
        status = "stopped early"
    if one.smaller:
        status += f", batch of {one.smaller[0]} did not fit"
    return status
