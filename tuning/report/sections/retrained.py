"""What the best recipes gave when they were trained anew."""

from __future__ import annotations

import statistics

from kpoc.report import cells, numbers
from tuning.report.subject import Finished

TITLE = "The best recipes, trained anew"
MISSING = (
    "Nothing was trained anew. What a search saw of its trials is no result: the best "
    "of many, on the rows it was chosen by, is too good to be true."
)
PLACE = 20


def context(subject: Finished) -> dict | None:
    """A row a recipe: fresh seeds on validation and test, and the search's optimism."""
    if not subject.retrained:
        return None
    every = [n for one in subject.retrained for n in (*one.validation, *one.test)]
    decimals = numbers.span_decimals(min(every), max(every)) if len(every) > 1 else 3

    def cell(name: str, what: str, value: float | None, signed: bool = False):
        return cells.make_cell(
            ("retrained", name, what),
            value,
            lambda number: numbers.fixed(number, decimals, signed),
            "no trial of the search",
        )

    rows = [
        {
            "name": one.name,
            "trial": one.trial.number + 1 if one.trial else None,
            "search": cell(one.name, "search", one.trial and one.trial.score),
            "optimism": cell(
                one.name, "optimism", one.optimism(subject.objective), True
            ),
            "validation": cell(
                one.name, "validation", statistics.fmean(one.validation)
            ),
            "test": cell(one.name, "test", statistics.fmean(one.test)),
            "validation_seeds": [
                cell(one.name, f"validation/{i}", value)
                for i, value in enumerate(one.validation)
            ],
            "test_seeds": [
                cell(one.name, f"test/{i}", value) for i, value in enumerate(one.test)
            ],
        }
        for one in subject.retrained
    ]
    return {
        "rows": rows,
        "label": subject.objective.label,
        "better": "higher" if subject.objective.direction == "max" else "lower",
        "seeds": len(subject.retrained[0].test),
    }
