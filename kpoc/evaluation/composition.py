"""What the rows of a manifest hold: counts and ranges of every label, by split."""

from typing import Any

import pandas as pd
from pandas.api.types import is_numeric_dtype

from kpoc.ground.text import natural_order
from kpoc.protocols.manifest import FIXED_COLUMNS, SPLITS

MOST_LEVELS = 400


def composition(table: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Counts of the levels, or the range and mean, of each label column by split.

    Args:
        table: Rows of a manifest.

    Returns:
        By column `{"levels": [...], "counts": {split: [...]}}` in natural order, for a
        number `{"range": {split: [low, mean, high]}}`. Columns with more than 400
        levels are left out, and so are splits without rows.

    Example:
        >>> rows = {"split": ["train"] * 3, "kind": list("bab"), "age": [1.0, 2.0, 6.0]}
        >>> composition(pd.DataFrame(rows))["kind"]
        {'levels': ['a', 'b'], 'counts': {'train': [1, 2]}}
        >>> composition(pd.DataFrame(rows))["age"]
        {'range': {'train': [1.0, 3.0, 6.0]}}
    """
    own = [name for name in table.columns if name not in FIXED_COLUMNS]
    parts = {
        split: rows
        for split in SPLITS
        if len(rows := table.loc[table["split"] == split, own])
    }
    found: dict[str, dict[str, Any]] = {}
    for name in own:
        if is_numeric_dtype(table[name]):
            found[name] = {
                "range": {
                    split: rows[name].agg(["min", "mean", "max"]).astype(float).tolist()
                    for split, rows in parts.items()
                }
            }
            continue
        levels = natural_order(table[name].astype(str).unique())
        if len(levels) <= MOST_LEVELS:
            counts = {
                split: rows[name].astype(str).value_counts()
                for split, rows in parts.items()
            }
            found[name] = {
                "levels": levels,
                "counts": {
                    split: [int(count.get(level, 0)) for level in levels]
                    for split, count in counts.items()
                },
            }
    return found
