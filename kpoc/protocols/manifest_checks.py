"""What can be wrong with the rows of a manifest, one sentence each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

SPLITS = ("train", "validation", "test")
_SHOWN = 10


class HasRules(Protocol):
    """What a column is checked against: a `Column`, or a recipe's target.

    Attributes:
        classes: The possible values of a class column.
        range: Smallest and largest value of a number column.
    """

    @property
    def classes(self) -> list[str] | None: ...  # noqa: D102

    @property
    def range(self) -> list[float] | None: ...  # noqa: D102


def _problem(rule: str, rows: Iterable[object]) -> str:
    rows = [str(row) for row in rows]
    more = f", and {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else ""
    return f"{rule}. Received: {len(rows)} rows: {', '.join(rows[:_SHOWN])}{more}"


def _ids(table: pd.DataFrame, bad: pd.Series | np.ndarray) -> list[str]:
    return table.loc[bad, "id"].tolist()


def row_problems(table: pd.DataFrame) -> Iterator[str]:
    """What is wrong with ids, paths, splits and hashes."""
    for name in ("id", "path"):
        if (again := table.duplicated(name, keep=False)).any():
            rows = sorted(table.loc[again, name].astype(str).unique())
            yield _problem(f"`{name}` must be unique", rows)
    away = [
        str(p)
        for p in table["path"]
        if (path := PurePosixPath(str(p))).is_absolute() or ".." in path.parts
    ]
    if away:
        yield _problem("`path` must stay inside the root", away)
    if (odd := ~table["split"].isin(SPLITS)).any():
        yield _problem(f"`split` must be one of {SPLITS}", _ids(table, odd))
    if empty := [split for split in SPLITS if not (table["split"] == split).any()]:
        yield f"every split must have rows. Received: none in {', '.join(empty)}"
    across = table.groupby("sha256")["split"].transform("nunique") > 1
    if across.any():
        shared = table[across].sort_values(["sha256", "id"])
        rows = [
            f"{row} ({split})"
            for row, split in zip(shared["id"], shared["split"], strict=True)
        ]
        yield _problem("the same image (`sha256`) must be in one split only", rows)


def value_problems(table: pd.DataFrame, name: str, rule: HasRules) -> Iterator[str]:
    """What is wrong with the values of a target or group column."""
    values = table[name]
    missing = values.isna()
    if missing.any():
        yield _problem(f"`{name}` must not be missing", _ids(table, missing))
    bad = None
    if rule.range is not None:
        low, high = rule.range
        if values.dtype.kind not in "iuf":
            yield f"`{name}` must hold numbers. Received: {values.dtype}"
            return
        text = f"`{name}` must be in {low:g}..{high:g}"
        bad = ~missing & ~((values >= low) & (values <= high))
    elif rule.classes is not None:
        text = f"`{name}` must be one of {', '.join(rule.classes)}"
        bad = ~missing & ~values.isin(rule.classes)
    if bad is not None and bad.any():
        yield _problem(
            text,
            [
                f"{row} ({value})"
                for row, value in zip(_ids(table, bad), values[bad], strict=True)
            ],
        )


def untrained(table: pd.DataFrame, name: str, target: HasRules) -> Iterator[str]:
    """Classes of a target that no train row has."""
    trained = set(table.loc[table["split"] == "train", name])
    never = [c for c in target.classes or () if c not in trained]
    if never and trained:
        yield (
            f"every class of `{name}` must have train rows. "
            f"Received: none of {', '.join(never)}"
        )
