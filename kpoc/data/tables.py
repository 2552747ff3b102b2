"""Tables that somebody else made, read as text: what was written is what is seen."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kpoc.data.source import SourceError

if TYPE_CHECKING:
    import pandas as pd

SEPARATORS = {".csv": ",", ".tsv": "\t"}
PARQUET = ".parquet"
TABLE_SUFFIXES = (*SEPARATORS, PARQUET)
_NUMBER = {
    ".": re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"),
    ",": re.compile(r"[+-]?(\d+,?\d*|,\d+)([eE][+-]?\d+)?"),
}


def read_table(
    path: Path, *, encoding: str = "utf-8", separator: str | None = None
) -> pd.DataFrame:
    """Reads a table with every value as text, without blanks around it.

    Nothing is guessed: `007` stays `007`, and `NA` is two letters. What is missing in
    a Parquet file becomes "".

    Args:
        path: A .csv, .tsv or .parquet file.
        encoding: Of a text file.
        separator: Between the columns of a text file; by default a comma, or a tab in
            .tsv.

    Raises:
        SourceError: No such file, another suffix, or its content is not as it should
            be; says where.
    """
    suffix = path.suffix.lower()
    if suffix not in TABLE_SUFFIXES or not path.is_file():
        raise SourceError(
            f"the table must be a file that ends in {', '.join(TABLE_SUFFIXES)}. "
            f"Received: {path}"
        )
    if suffix == PARQUET:
        table = _read_parquet(path)
    else:
        table = _read_text(path, encoding, separator or SEPARATORS[suffix])
    table.columns = [str(name).strip() for name in table.columns]
    if table.empty:
        raise SourceError(f"the table must have rows. Received: {path}")
    return table


def _read_text(path: Path, encoding: str, separator: str) -> pd.DataFrame:
    import pandas as pd

    if encoding.lower().replace("_", "-") in {"utf-8", "utf8"}:
        encoding = "utf-8-sig"  # Excel puts a byte-order mark in front
    try:
        table = pd.read_csv(
            path,
            sep=separator,
            encoding=encoding,
            dtype=object,
            na_filter=False,
            index_col=False,
            skipinitialspace=True,
        )
    except LookupError:
        raise SourceError(
            f"`encoding` must be one that Python knows. Received: {encoding!r}"
        ) from None
    except UnicodeDecodeError as error:
        raise SourceError(
            f"{path} must be text in {encoding}: {_first_fault(path, encoding)}. "
            "Another `encoding`, such as cp1252, may be the right one"
        ) from error
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise SourceError(f"{path} cannot be read as a table: {error}") from error
    return table.map(lambda text: str(text).strip())


def _first_fault(path: Path, encoding: str) -> str:
    """Where a text file is not in an encoding; what reads by pieces cannot tell."""
    content = path.read_bytes()
    try:
        content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        return f"line {line} is not (byte 0x{content[error.start]:02x})"
    return "it is not"


def _read_parquet(path: Path) -> pd.DataFrame:
    import pandas as pd
    import pyarrow as pa

    try:
        table = pd.read_parquet(path)
    except (pa.ArrowException, OSError) as error:
        raise SourceError(f"{path} cannot be read as Parquet: {error}") from error
    return table.reset_index(drop=True).apply(_as_text)


def _as_text(values: pd.Series) -> pd.Series:
    """A typed column as text; whole numbers that became floats are whole again."""
    import pandas as pd

    missing = values.isna()
    if values.dtype.kind == "f" and not (values[~missing] % 1).any():
        values = values.astype("Int64")
    text = [
        "" if gone else str(value).strip()
        for value, gone in zip(values, missing, strict=True)
    ]
    return pd.Series(text, index=values.index, dtype=object)


def to_numbers(texts: pd.Series, decimal: str = ".") -> np.ndarray:
    """Reads numbers, NaN where a text is none.

    Args:
        texts: The texts.
        decimal: The decimal sign, `.` or `,`; there are no signs between thousands.

    Returns:
        float64, shape (n,).

    Example:
        >>> import pandas as pd
        >>> to_numbers(pd.Series(["1,5", "7", "x"]), decimal=",").tolist()
        [1.5, 7.0, nan]
    """
    pattern = _NUMBER[decimal]
    return np.array(
        [
            float(text.replace(",", ".")) if pattern.fullmatch(text) else np.nan
            for text in texts
        ],
        dtype=np.float64,
    )
