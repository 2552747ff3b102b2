"""The decimal signs of a table's numbers."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np

from kpoc.sources.tables import to_numbers

if TYPE_CHECKING:
    import pandas as pd

_MOSTLY = 0.9
_MAYBE_THOUSANDS = r"[+-]?[1-9]\d{0,2},\d{3}"


def find_decimals(
    table: pd.DataFrame, no_value: Collection[str], separator: str = ","
) -> dict[str, str]:
    """The decimal sign of each column: a comma where only that makes sense of it.

    A column that leaves it open has the sign of the others, and a point if those
    differ. `1,234` alone may be a thousand and more, but not in a table whose columns
    are set apart by semicolons, because commas stand in its numbers.

    Args:
        table: The table as text.
        no_value: The texts that say that there is no value.
        separator: The sign between the columns.

    Example:
        >>> import pandas as pd
        >>> find_decimals(
        ...     pd.DataFrame({"size": ["1,5", "2,25"], "n": ["1", "2"]}), [""]
        ... )
        {'size': ',', 'n': ','}
    """
    said = {
        name: _said(table[name][~table[name].isin(list(no_value))], separator)
        for name in table
    }
    others = "," if set(said.values()) - {None} == {","} else "."
    return {name: sign or others for name, sign in said.items()}


def _said(texts: pd.Series, separator: str) -> str | None:
    """The decimal sign that a column says, or None."""
    texts = texts.drop_duplicates()
    points = np.isfinite(to_numbers(texts, "."))
    commas = np.isfinite(to_numbers(texts, ","))
    if (points & ~commas).any() and points.mean() > _MOSTLY:
        return "."
    with_comma = texts[commas & ~points]
    if separator != ";":
        with_comma = with_comma[~with_comma.str.fullmatch(_MAYBE_THOUSANDS)]
    return "," if len(with_comma) and commas.mean() > _MOSTLY else None
