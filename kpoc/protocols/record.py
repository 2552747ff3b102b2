"""What a manifest remembers of each step that made it: counts and labels."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from kpoc.protocols.manifest import SPLITS, Column

if TYPE_CHECKING:
    import pandas as pd

MOST_LEVELS = 400
"""Class names, or cells of a table of two columns, that are counted at most."""

_MOST_WHOLE_NUMBERS = 120
_BINS = 40


def bin_edges(values: np.ndarray) -> list[float]:
    """Edges of bins for a number's histogram.

    Whole numbers over a span of at most 120 have a bin each, centred on the number;
    everything else has 40 equal bins.

    Args:
        values: Finite numbers, at least one.

    Example:
        >>> bin_edges(np.array([3.0, 1.0, 2.0]))
        [0.5, 1.5, 2.5, 3.5]
    """
    low, high = float(values.min()), float(values.max())
    if (values == np.round(values)).all() and high - low < _MOST_WHOLE_NUMBERS:
        return (np.arange(low, high + 2) - 0.5).tolist()
    if low == high:
        low, high = low - 0.5, high + 0.5
    return np.linspace(low, high, _BINS + 1).tolist()


class Recorder:
    """Makes the records of a protocol's steps, one after the other.

    Args:
        columns: The declared target and group columns.
    """

    def __init__(self, columns: Mapping[str, Column]):
        self._columns = columns
        self._edges: dict[str, list[float]] = {}
        self._paired: set[tuple[str, str]] = set()

    def record(
        self, name: str, parameters: dict, frame: pd.DataFrame, notes: dict
    ) -> dict[str, Any]:
        """Describes the rows after a step.

        Returns:
            `name`, `parameters`, `counts` (`rows` and each split), `notes`, `labels`
            and `tables`. `labels` has for each declared column that is there
            `classes` (rows by class) or `edges` and `counts` (a histogram with the
            same bins in all steps). `tables` has the class x class tables of the
            pairs of columns that this step made complete.
        """
        splits = frame["split"].value_counts()
        counts = {"rows": len(frame)} | {s: int(splits.get(s, 0)) for s in SPLITS}
        present = [column for column in self._columns if column in frame]
        return {
            "name": name,
            "parameters": parameters,
            "counts": counts,
            "notes": notes,
            "labels": {column: self._labels(column, frame) for column in present},
            "tables": self._tables(present, frame),
        }

    def _is_class(self, column: str, frame: pd.DataFrame) -> bool:
        return (
            self._columns[column].classes is not None
            or frame[column].dtype.kind not in "iuf"
        )

    def _labels(self, column: str, frame: pd.DataFrame) -> dict[str, Any]:
        if self._is_class(column, frame):
            return {"classes": class_counts(frame[column], self._columns[column])}
        values = frame[column].to_numpy(dtype=float)
        values = values[np.isfinite(values)]
        if column not in self._edges and len(values):
            self._edges[column] = bin_edges(values)
        edges = self._edges.get(column, [])
        counts = np.histogram(values, edges)[0].tolist() if edges else []
        return {"edges": edges, "counts": counts}

    def _tables(self, present: list[str], frame: pd.DataFrame) -> list[dict]:
        names = [column for column in present if self._is_class(column, frame)]
        made = []
        for pair in itertools.combinations(names, 2):
            if pair not in self._paired:
                self._paired.add(pair)
                made.append(class_table(frame, pair, self._columns))
        return [table for table in made if table]


def class_counts(values: pd.Series, rule: Column) -> dict[str, int]:
    """Rows by class: the declared classes, then others, the most frequent first."""
    found = values.value_counts()
    names = [name for name in rule.classes or [] if name in found]
    names += [name for name in found.index if name not in (rule.classes or [])]
    return {str(name): int(found[name]) for name in names[:MOST_LEVELS]}


def class_table(
    frame: pd.DataFrame, pair: tuple[str, str], columns: Mapping[str, Column]
) -> dict[str, Any] | None:
    """Rows by two class columns, or None where there are too many cells.

    Returns:
        `columns` (the two names), `levels` (the classes of each) and `counts`, one
        list a class of the first.
    """
    levels = [list(class_counts(frame[name], columns[name])) for name in pair]
    if len(levels[0]) * len(levels[1]) > MOST_LEVELS:
        return None
    found = frame.groupby(list(pair)).size()
    counts = [[int(found.get((a, b), 0)) for b in levels[1]] for a in levels[0]]
    return {"columns": list(pair), "levels": levels, "counts": counts}
