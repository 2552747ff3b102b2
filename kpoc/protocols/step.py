"""What a step of a protocol is, and what steps share.

A step is a schema (its parameters) with `apply`, in a file of its own in
`kpoc/protocols/steps/`, registered under the name that protocols use. The frame that
steps hand on has one row an image, with the columns `id`, `path`, `sha256`, the labels,
`split` ("" until a step assigns it) and `stratum`.

Wherever a step chooses rows, it ranks them by a stable hash of their ids within a
cell and takes the lowest. So the order of the listing does not matter, and when m
files of a cell are missing, at most m of its other rows are treated differently.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from kpoc.ground.errors import UserError
from kpoc.ground.hashing import stable_hash
from kpoc.ground.registry import Registry
from kpoc.ground.schema import Strict, nearest

if TYPE_CHECKING:
    import pandas as pd

    from kpoc.protocols.manifest import Column


class ProtocolError(UserError, ValueError):
    """The data does not allow what the protocol asks for."""


@dataclass(frozen=True)
class Outcome:
    """What a step gives.

    Attributes:
        frame: The rows that go on.
        reported: (id, reason) of rows that a person should hear about.
        notes: Figures for the manifest's record of the step.
    """

    frame: pd.DataFrame
    reported: list[tuple[str, str]] = field(default_factory=list)
    notes: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Context:
    """What a step knows beside its parameters and the rows.

    Attributes:
        seed: The protocol's seed.
        salt: Tells this step's choices from those of all other steps.
        columns: The columns that the protocol declares.
    """

    seed: int
    salt: str
    columns: Mapping[str, Column]

    def hashes(self, frame: pd.DataFrame) -> np.ndarray:
        """The stable hash of every row: uint64, shape (rows,)."""
        return stable_hash(frame["id"], self.seed, self.salt)

    def ranks(self, frame: pd.DataFrame, cells: pd.Series) -> np.ndarray:
        """The rank, from 0, of every row's hash within its cell: shape (rows,)."""
        by_hash = np.argsort(self.hashes(frame), kind="stable")
        ranks = np.empty(len(frame), dtype=np.int64)
        ordered = cells.iloc[by_hash]
        ranks[by_hash] = ordered.groupby(ordered, sort=False).cumcount().to_numpy()
        return ranks

    def cell_sizes(
        self, frame: pd.DataFrame, cells: pd.Series, by: list[str]
    ) -> dict[str, int]:
        """The number of rows in each cell, absent cells included.

        All combinations of the columns' classes count as cells: those declared, or
        those seen where the protocol declares none.
        """
        levels = []
        for name in by:
            declared = self.columns[name].classes if name in self.columns else None
            levels.append(declared or sorted(frame[name].unique()))
        sizes = dict.fromkeys(
            ("|".join(cell) for cell in itertools.product(*levels)), 0
        )
        return sizes | cells.value_counts().sort_index().to_dict()


class Step(Strict):
    """Base of all steps; the fields of a subclass are its parameters."""

    def apply(self, frame: pd.DataFrame, context: Context) -> Outcome:
        """Does the step; `frame` is not changed.

        Raises:
            ProtocolError: The rows do not allow it; lists everything in the way.
        """
        raise NotImplementedError


STEPS: Registry[type[Step]] = Registry("step", "kpoc.protocols.steps")
register_step = STEPS.register

Where = dict[str, str | int | float | list[str | int | float]]


def require_columns(frame: pd.DataFrame, names: Iterable[str]) -> None:
    """Checks that the frame has all of these columns.

    Raises:
        ProtocolError: Some are missing; names them and the nearest ones.
    """
    missing = [
        f"`{n}` is not a column here. {nearest(n, frame.columns)}"
        for n in names
        if n not in frame
    ]
    if missing:
        raise ProtocolError("; ".join(missing))


def matching(frame: pd.DataFrame, where: Where) -> np.ndarray:
    """Which rows have, in every column of `where`, its value or one of its values."""
    require_columns(frame, where)
    chosen = np.ones(len(frame), dtype=bool)
    for name, wanted in where.items():
        values = wanted if isinstance(wanted, list) else [wanted]
        chosen &= frame[name].isin(values).to_numpy()
    return chosen


def cells_of(frame: pd.DataFrame, by: list[str]) -> pd.Series:
    """The name of every row's cell: its values in `by`, joined by `|`."""
    require_columns(frame, by)
    names = frame[by[0]].astype(str)
    for column in by[1:]:
        names = names + "|" + frame[column].astype(str)
    return names


def require_sizes(sizes: Mapping[str, int], least: int, purpose: str) -> None:
    """Checks that every cell has at least `least` rows.

    Raises:
        ProtocolError: Lists all cells that are too small, with their counts.
    """
    small = {cell: n for cell, n in sizes.items() if n < least}
    if small:
        listed = ", ".join(f"{cell} has {n}" for cell, n in small.items())
        raise ProtocolError(
            f"{len(small)} of {len(sizes)} cells are too small: {purpose} needs at "
            f"least {least} rows in each. Received: {listed}"
        )


def share_of(fraction: float, rows: int | np.ndarray) -> np.ndarray:
    """The whole number of rows nearest to a fraction of them (halves go up)."""
    return np.floor(fraction * np.asarray(rows) + 0.5).astype(np.int64)
