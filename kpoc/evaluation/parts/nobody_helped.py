"""The class that no side serves well: its errors on every side."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from pydantic import Field

from kpoc.evaluation.cells import CLASS
from kpoc.evaluation.part import PARTS, Part, Subject
from kpoc.evaluation.parts.galleries import ClassEntry, Galleries
from kpoc.ground.schema import Strict

METRIC = "f1"
# Of two classes, every error of the one goes to the other: nothing to find out.
FEWEST_CLASSES = 3


def nobody_helped(
    targets: Mapping[str, Mapping],
    rows: Sequence[Mapping[str, Any]],
    galleries: Galleries,
) -> dict[str, dict]:
    """For each target, the class whose best side is the worst.

    Args:
        targets: Plain targets.
        rows: Scores of the comparison.
        galleries: Chooses the errors to look at.

    Returns:
        By target of three classes or more: the class, its best side by F1, and by
        side the number of wrong answers and the worst of them.
    """
    found = {}
    for name, target in targets.items():
        classes = target["classes"]
        if classes is None or len(classes) < FEWEST_CLASSES:
            continue
        best = _best_by_class(name, rows)
        if not best:
            continue
        worst = min(best, key=lambda label: best[label]["estimate"])
        found[name] = {
            "class": worst,
            "metric": METRIC,
            "best_side": best[worst]["side"],
            "sides": galleries.errors_on(name, classes.index(worst)),
        }
    return found


def _best_by_class(target: str, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Of each class with test rows, the row of its best side."""
    best: dict[str, Any] = {}
    for row in rows:
        if (row["target"], row["group"], row["metric"]) != (target, CLASS, METRIC):
            continue
        if not row["n"] or np.isnan(row["estimate"]):
            continue
        if row["estimate"] > best.get(row["level"], {"estimate": -1})["estimate"]:
            best[row["level"]] = row
    return best


class Errors(Strict):
    """Wrong answers of one side on the class."""

    wrong: int
    worst: list[ClassEntry]


class Unhelped(Strict):
    """The class whose best side is the worst."""

    label: str = Field(alias="class")
    metric: str
    best_side: str
    sides: dict[str, Errors]


@PARTS.register("nobody_helped")
class NobodyHelped(Part):
    """Read from scores and galleries; asks the bootstrap nothing."""

    after = ("scores", "galleries")
    content = dict[str, Unhelped]

    def __init__(self, subject: Subject, parts: Mapping[str, Part]) -> None:
        self._targets, self._scores = subject.targets, parts["scores"]
        self._galleries = parts["galleries"].galleries

    def read(self, moments: Sequence) -> dict[str, dict]:
        """By target of three classes or more the class and its errors."""
        return nobody_helped(self._targets, self._scores.rows, self._galleries)
