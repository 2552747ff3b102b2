"""Choosing rows of cells by stable hash, single rows or whole groups of them.

Pictures of the same person, object or video are alike. Where some of them train a
model and others test it, the test flatters: they must stay together.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from kpoc.ground.hashing import stable_hash
from kpoc.protocols.step import Context, ProtocolError, require_columns

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
    share one fate, and a row without a value (missing or "") is a group by itself. In
    the order of their hashes, groups are taken that bring the cells nearer to their
    quotas, summed over cells; one that is too large is passed over.

    Args:
        frame: The rows.
        cells: The cell of each row.
        quota: Rows to choose, by cell.
        context: Seed and salt of the hashes.
        together: Column of the groups; None where each row stands alone.
        each: Whether every cell with a quota above 0 must be divided in two.

    Returns:
        Which rows are chosen: bool, shape (rows,).

    Raises:
        ProtocolError: Cells cannot be divided, with `each`; lists them.
    """
    if together is None:
        wanted = cells.map(dict(quota)).to_numpy(dtype=np.int64)
        return context.ranks(frame, cells) < wanted
    require_columns(frame, [together])
    keys = _keys(frame, together)
    sizes: dict[str, dict[str, int]] = {}
    pairs = cells.groupby([keys.to_numpy(), cells.to_numpy()]).size()
    for (key, cell), rows in pairs.items():
        sizes.setdefault(key, {})[cell] = rows
    hashes = dict(
        zip(sizes, stable_hash(sizes, context.seed, context.salt), strict=True)
    )
    order = sorted(sizes, key=hashes.get)
    lacking, chosen = dict(quota), set()

    def take(key: str) -> None:
        chosen.add(key)
        for cell, rows in sizes[key].items():
            lacking[cell] -= rows

    for key in order:
        if _nearer(lacking, sizes[key]):
            take(key)
    for cell in [cell for cell, n in quota.items() if each and n]:
        if lacking[cell] == quota[cell]:  # every group was too large
            own = [key for key in order if cell in sizes[key]]
            take(min(own, key=lambda key: sum(sizes[key].values())))
    if each:
        _require_divided(cells, quota, lacking, together)
    return keys.isin(chosen).to_numpy()


def _keys(frame: pd.DataFrame, together: str) -> pd.Series:
    """The group of each row, as text; no group has the name of a row's own one."""
    values = frame[together]
    alone = values.isna() | (values.astype(str) == "")
    return ("group\x1f" + values.astype(str)).where(~alone, "row\x1f" + frame["id"])


def _nearer(lacking: Mapping[str, int], sizes: Mapping[str, int]) -> bool:
    """Whether rows of these numbers lead nearer to what is lacking, in all."""
    gains = (abs(lacking[c]) - abs(lacking[c] - rows) for c, rows in sizes.items())
    return sum(gains) > 0


def _require_divided(
    cells: pd.Series,
    quota: Mapping[str, int],
    lacking: Mapping[str, int],
    together: str,
) -> None:
    rows = cells.value_counts()
    whole = [c for c, n in quota.items() if n and n - lacking[c] == rows.get(c, 0)]
    if whole:
        listed = ", ".join(f"{cell} ({rows.get(cell, 0)} rows)" for cell in whole)
        raise ProtocolError(
            f"each cell must have rows of several values of `{together}`, so that it "
            f"can be divided. Received: cells that cannot: {listed}"
        )
