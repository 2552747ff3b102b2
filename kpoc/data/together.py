"""Choosing rows of cells by stable hash, single rows or whole groups of them.

Pictures of the same person, object or video are alike. Where some of them train a
model and others test it, the test flatters: they must stay together.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from kpoc.data.hashing import stable_hash
from kpoc.data.step import Context, ProtocolError, require_columns

if TYPE_CHECKING:
    import pandas as pd


def choose_rows(
    frame: pd.DataFrame,
    cells: pd.Series,
    quota: Mapping[str, int],
    context: Context,
    together: str | None = None,
    each: bool = False,
) -> np.ndarray:
    """Chooses `quota[cell]` rows of each cell, those with the lowest hashes.

    With `together`, whole groups are chosen: rows with the same value in that column
    share one fate, and a row without a value (missing or "") is a group by itself. A
    group belongs to the cell of most of its rows (of equal ones the first by name).
    Groups are taken in the order of their hashes, one that would lead further from the
    quota than stopping before it is passed over, so that cells come near their quota.

    Args:
        frame: The rows.
        cells: The cell of each row.
        quota: Rows to choose, by cell.
        context: Seed and salt of the hashes.
        together: Column of the groups; None where each row stands alone.
        each: Whether every cell with a quota above 0 must get a group and keep one.

    Returns:
        Which rows are chosen: bool, shape (rows,).

    Raises:
        ProtocolError: Cells have fewer than two groups, with `each`; lists them.
    """
    if together is None:
        wanted = cells.map(dict(quota)).to_numpy(dtype=np.int64)
        return context.ranks(frame, cells) < wanted
    require_columns(frame, [together])
    groups = _groups(frame, cells, together)
    groups["hash"] = stable_hash(groups.index, context.seed, context.salt)
    by_cell = dict(list(groups.sort_values("hash").groupby("cell")))
    if each:
        _require_two(by_cell, quota, together)
    chosen: set[str] = set()
    for cell, of_cell in by_cell.items():
        taken = _nearest(of_cell["rows"], quota[cell])
        if each and not taken and quota[cell]:
            taken = [of_cell["rows"].idxmin()]
        chosen.update(taken)
    return _keys(frame, together).isin(chosen).to_numpy()


def _keys(frame: pd.DataFrame, together: str) -> pd.Series:
    """The group of each row, as text; no group has the name of a row's own one."""
    values = frame[together]
    alone = values.isna() | (values.astype(str) == "")
    return ("group\x1f" + values.astype(str)).where(~alone, "row\x1f" + frame["id"])


def _groups(frame: pd.DataFrame, cells: pd.Series, together: str) -> pd.DataFrame:
    """Rows and cell of each group."""
    keys = _keys(frame, together)
    pairs = cells.groupby([keys.to_numpy(), cells.to_numpy()]).size()
    pairs = pairs.rename_axis(["key", "cell"]).rename("rows").reset_index()
    most = pairs.sort_values(["rows", "cell"], ascending=[False, True])
    most = most.drop_duplicates("key").set_index("key")
    return most.assign(rows=keys.value_counts())


def _nearest(rows: pd.Series, quota: int) -> list[str]:
    """Groups, in their order, whose rows come near the quota."""
    taken, total = [], 0
    for key, size in rows.items():
        if total + size / 2 <= quota:
            taken.append(key)
            total += size
    return taken


def _require_two(
    by_cell: Mapping[str, pd.DataFrame], quota: Mapping[str, int], together: str
) -> None:
    few = {
        cell: len(by_cell.get(cell, ()))
        for cell, n in quota.items()
        if n and len(by_cell.get(cell, ())) < 2
    }
    if few:
        listed = ", ".join(f"{cell} has {n}" for cell, n in few.items())
        raise ProtocolError(
            f"each cell must hold at least 2 values of `{together}`, whose rows stay "
            f"together. Received: {listed}"
        )
