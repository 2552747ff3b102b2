"""How the columns hang together, in train and in test."""

import numpy as np

from kpoc.report import cells, numbers, words
from kpoc.report.data import association
from kpoc.report.data.subject import MOST_COLUMNS, Subject
from kpoc.report.shade import shade

TITLE = "Correlations"
MISSING = "There is but one column."
PLACE = 80

_R, _ETA, _V = association.MEASURES


def context(subject: Subject) -> dict | None:
    """Build the matrix of all pairs of columns for both splits."""
    columns = [*subject.number_columns, *subject.class_columns][:MOST_COLUMNS]
    if len(columns) < 2:
        return None
    matrices = [_matrix(subject, columns, split) for split in ("train", "test")]
    used = {
        one["measure"] for m in matrices for row in m["rows"] for one in row["cells"]
    }
    return {
        "matrices": matrices,
        "measures": [
            (sign, text) for sign, text in association.MEASURES.items() if sign in used
        ],
    }


def _matrix(subject: Subject, columns: list[str], split: str) -> dict:
    rows = subject.manifest.rows(split)
    data = {
        name: rows[name].to_numpy(dtype=float)
        if name in subject.number_columns
        else rows[name].astype("category").cat.codes.to_numpy(dtype=int)
        for name in columns
    }
    names = [words.title(name) for name in columns]
    return {
        "title": split,
        "columns": names[:-1],
        "rows": [
            {
                "name": names[i],
                "cells": [
                    _cell(split, subject, data, columns[i], columns[j])
                    for j in range(i)
                ],
            }
            for i in range(1, len(columns))
        ],
    }


def _cell(split: str, subject: Subject, data: dict, a: str, b: str) -> dict:
    measure, value = measured(subject, data, a, b)
    return {
        "measure": measure,
        "cell": cells.make_cell(
            ("relations", split, a, b),
            value,
            lambda number: numbers.fixed(number, 2),
            "one of the two never changes here",
        ),
        **shade(None if value is None else 0.8 * abs(value)),
    }


def measured(
    subject: Subject, data: dict[str, np.ndarray], a: str, b: str
) -> tuple[str, float | None]:
    """The measure that suits two columns, and its value."""
    numeric = [name for name in (a, b) if name in subject.number_columns]
    if len(numeric) == 2:
        return _R, association.pearson(data[a], data[b])
    if len(numeric) == 1:
        codes = data[b if numeric == [a] else a]
        return _ETA, association.correlation_ratio(codes, data[numeric[0]])
    table = np.zeros((data[a].max() + 1, data[b].max() + 1), dtype=int)
    np.add.at(table, (data[a], data[b]), 1)
    return _V, association.cramers_v(table)
