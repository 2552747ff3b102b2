"""Training images of every class, chosen by chance."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kpoc.report import numbers, words
from kpoc.report.data.subject import Subject

TITLE = "Images of every class"
MISSING = None
PLACE = 90

MOST_CARDS, MOST_IN_ROW, FEWEST_IN_ROW, MOST_LEVELS = 320, 8, 3, 24


def context(subject: Subject) -> dict:
    """Choose images by the hash of their ids: the same ones each time."""
    train = subject.manifest.rows("train")
    chosen = _by_class(subject, train) or {}
    for column in subject.number_columns:
        if column not in subject.bands.values():
            chosen[column] = {"": _along(subject, train, column)}
    rows = [one for strips in chosen.values() for one in strips.values()]
    made = subject.thumbnails(pd.concat(rows).drop_duplicates("id"))
    return {
        "faults": len(made.faults),
        "columns": [
            {
                "name": words.title(column),
                "is_number": column in subject.number_columns,
                "cut": _levels_left_out(subject, column),
                "strips": [
                    {
                        "name": name,
                        "rows": numbers.count(int((train[column] == name).sum())),
                        "cards": [
                            _card(subject, made, row, column)
                            for row in picked.to_dict("records")
                        ],
                    }
                    for name, picked in strips.items()
                ],
            }
            for column, strips in chosen.items()
        ],
    }


def _levels(subject: Subject, column: str) -> list[str]:
    """The classes that are shown: the most and the least trained, if not all."""
    train = subject.manifest.rows("train")
    levels = {name: n for name, n in subject.levels(column, train).items() if n}
    most = min(MOST_CARDS // FEWEST_IN_ROW // len(subject.class_columns), MOST_LEVELS)
    if len(levels) <= most:
        return list(levels)
    ranked = sorted(levels, key=lambda name: -levels[name])
    return ranked[: most - most // 2] + ranked[len(ranked) - most // 2 :]


def _levels_left_out(subject: Subject, column: str) -> int:
    if column in subject.number_columns:
        return 0
    train = subject.manifest.rows("train")
    trained = sum(n > 0 for n in subject.levels(column, train).values())
    return trained - len(_levels(subject, column))


def _by_class(subject: Subject, train: pd.DataFrame) -> dict[str, dict]:
    levels = {column: _levels(subject, column) for column in subject.class_columns}
    strips = sum(map(len, levels.values()))
    number = min(max(MOST_CARDS // max(strips, 1), FEWEST_IN_ROW), MOST_IN_ROW)
    return {
        column: {
            name: subject.pick(
                train[train[column] == name], number, f"samples/{column}"
            )
            for name in names
        }
        for column, names in levels.items()
    }


def _along(subject: Subject, train: pd.DataFrame, column: str) -> pd.DataFrame:
    """Images along the range of a number, from the least to the greatest."""
    ordered = train.sort_values([column, "id"], kind="stable")
    places = np.linspace(0, len(ordered) - 1, 2 * MOST_IN_ROW).round().astype(int)
    return ordered.iloc[np.unique(places)]


def _card(subject: Subject, made, row: dict, column: str) -> dict:
    shown = "" if column in subject.number_columns else column
    checked = subject.findings.get(row["id"])
    return {
        "picture": made.found.get(row["id"]),
        "fault": checked and checked.reason or made.faults.get(row["id"]),
        "id": row["id"],
        "words": subject.words(row, without=shown),
    }
