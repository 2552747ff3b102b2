"""Matrices of classes as a comparison holds them: of many classes no cell that is zero.

A matrix grows with the square of the classes. Up to `WHOLE` classes it is a list of
rows. Of more classes each row is a mapping from the position of a column, as text, to
its share, without those that are zero. A row of a class without truth is None.
"""

from collections.abc import Mapping, Sequence

import numpy as np

WHOLE = 128
"""Classes up to which every cell is stored."""

MOST_CHANCES = 100
"""Probabilities of a row that are stored of more classes: each class gets some."""

Stored = Sequence[Sequence[float | None] | Mapping[str, float] | None]
"""A matrix as a comparison holds it."""


def stored(matrix: np.ndarray, most: int | None = None) -> Stored:
    """A matrix for a comparison.

    Args:
        matrix: (K, K) shares, rows that sum to 1; NaN in rows of classes without truth.
        most: Cells of a row that are kept of more than `WHOLE` classes, the largest
            ones: what is left out is smaller than 1 / `most`. None for all.

    Example:
        >>> stored(np.array([[0.25, 0.75], [0.0, 1.0]]))
        [[0.25, 0.75], [0.0, 1.0]]
        >>> stored(np.eye(200))[7]
        {'7': 1.0}
    """
    if len(matrix) <= WHOLE:
        return np.where(np.isnan(matrix), None, matrix).tolist()
    return [_cells(row, most) for row in matrix]


def _cells(row: np.ndarray, most: int | None) -> dict[str, float] | None:
    if np.isnan(row).any():
        return None
    columns = np.flatnonzero(row)
    # of equal ones the first, as in a stable order
    largest = np.argsort(-row[columns], kind="stable")[:most]
    columns = np.sort(columns[largest])
    return dict(zip(map(str, columns), row[columns].tolist(), strict=True))


def restored(rows: Stored) -> np.ndarray:
    """The matrix of a comparison: (K, K), NaN where nothing is known.

    Example:
        >>> restored([{"1": 1.0}, None])
        array([[ 0.,  1.],
               [nan, nan]])
    """
    return np.array([restored_row(row, len(rows)) for row in rows])


def restored_row(
    row: Sequence[float | None] | Mapping[str, float] | None, classes: int
) -> np.ndarray:
    """One row of it, (K,).

    Args:
        row: As it is stored.
        classes: K.
    """
    if row is None:
        return np.full(classes, np.nan)
    if not isinstance(row, Mapping):
        return np.array(row, float)
    whole = np.zeros(classes)
    whole[[int(column) for column in row]] = list(row.values())
    return whole
