"""Whether the search found something better, as the comparison says."""

from __future__ import annotations

from kpoc.report import cells, numbers, words
from tuning.report.subject import Finished

TITLE = None
MISSING = None
PLACE = 10


def context(subject: Finished) -> dict:
    """The verdict, on test rows, of what was trained anew; else that there is none."""
    comparison = subject.comparison
    shared = {
        "trials": len(subject.records),
        "failed": len(subject.records) - len(subject.complete),
        "method": subject.method,
        "keys": len(subject.space.keys),
    }
    if comparison is None:
        return {**shared, "verdict": None}
    content = comparison.to_dict()
    rows = [
        {
            "name": row["side"],
            "look": words.verdict_look(row["verdict"]),
            "difference": cells.difference(row, _decimals(row)),
        }
        for row in content["differences"]
        if row["primary"] and row["group"] is None
    ]
    return {
        **shared,
        "verdict": content["verdict"]["text"],
        "primary": subject.recipe.primary,
        "rows": rows,
        "link": _relative(comparison.page, subject),
        "baseline": subject.recipe.name,
    }


def _decimals(row: dict) -> int:
    return numbers.interval_decimals([(row["low"], row["high"])])


def _relative(page, subject: Finished) -> str | None:
    return page and page.resolve().relative_to(subject.folder.resolve()).as_posix()
