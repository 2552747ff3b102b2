"""The class that no side serves well: its errors on every side."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kpoc.evaluation.cells import CLASS
from kpoc.evaluation.galleries import Galleries

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
