"""Tables that somebody else made, read as text: what was written is what is seen."""

from __future__ import annotations

import re
import warnings
from collections import Counter
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
_SAID = re.compile(r'"?sep=(.)"?[\r\n]*')
_WHOLE_BELOW = 2**53
"""From here on not every whole number is a float64."""


def read_table(
    path: Path, *, encoding: str = "utf-8", separator: str | None = None
) -> pd.DataFrame:
    """Reads a table with every value as text, without blanks around it.

    Nothing is guessed: `007` stays `007`, and `NA` is two letters. What is missing in
    a Parquet file becomes "", and an index that has a name is a column. Excel's first
    line `sep=;` is no row of the table. Columns that hold bytes, as of pictures inside
    of a Parquet file, are left out and not even read (`said_bytes`).

    Args:
        path: A .csv, .tsv or .parquet file.
        encoding: Of a text file.
        separator: Between the columns of a text file; by default what its first line
            `sep=` says, else a comma, or a tab in .tsv.

    Returns:
        The table; names of columns are composed (NFC). Of several columns of one name
        that say the same there is one.

    Raises:
        SourceError: No such file, another suffix, or its content is not as it should
            be; says where.
    """
    if _suffix(path) == PARQUET:
        table = _read_parquet(path)
        return _checked(table.apply(_as_text), path)
    table = _read_text(path, encoding, separator, dtype=object, na_filter=False)
    return _checked(table.map(lambda text: str(text).strip()), path)


def read_numbers(path: Path, texts: Collection[str] = ()) -> pd.DataFrame:
    """Reads a table whose values are numbers, however it was written.

    Encoding, separator and decimal sign of a text file are found out. A decimal comma
    is one where the separator is not a comma: `0,25`, and there are no signs between
    thousands. A column that holds anything else than numbers stays text.

    Args:
        path: As in `read_table`.
        texts: Columns that are text, whatever they look like; read as in `read_table`.

    Returns:
        As `read_table`, but for the columns that are numbers.

    Raises:
        SourceError: As in `read_table`.
    """
    if _suffix(path) == PARQUET:
        table = _checked(_read_parquet(path), path)
        for name in table.columns.intersection(list(texts)):
            table[name] = _as_text(table[name])
        return table
    written = {"encoding": "utf-8", "separator": None} | sniff_text(path)
    options = {"dtype": dict.fromkeys(texts, object), "keep_default_na": False}
    options["na_values"] = NO_NUMBER
    table = _read_text(path, **written, **options, converters=None)
    return table


def said_separator(line: str) -> str | None:
    """The separator that a table's first line says to Excel, or None.

    Example:
        >>> said_separator("sep=;"), said_separator("sepal;petal")
        (';', None)
    """
    said = _SAID.fullmatch(line)
    return said[1] if said else None


def _read_text(path: Path, encoding: str, separator: str | None) -> pd.DataFrame:
    import pandas as pd

    if encoding.lower().replace("_", "-") in {"utf-8", "utf8"}:
        encoding = "utf-8-sig"  # Excel puts a byte-order mark in front
    try:
        with open(path, encoding=encoding) as file:
            said = said_separator(file.readline())
        with warnings.catch_warnings():
            # it would drop what stands beyond the last column
            warnings.filterwarnings("error", "Length of header or names")
            table = pd.read_csv(
                path,
                sep=separator or said or SEPARATORS[path.suffix.lower()],
                encoding=encoding,
                skiprows=1 if said else 0,
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
    except pd.errors.ParserWarning:
        raise SourceError(
            f"{path} cannot be read as a table: the first row has more fields than "
            "there are names of columns"
        ) from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        words = str(error).strip()
        raise SourceError(f"{path} cannot be read as a table: {words}") from error
    return table.map(lambda text: str(text).strip())


def _first_fault(path: Path, encoding: str) -> str:
    """Where a text file is not in an encoding; what reads by pieces cannot tell."""
    content = path.read_bytes()
    try:
        content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content[: error.start].decode(encoding, "replace").count("\n") + 1
        return f"line {line} is not (byte 0x{content[error.start]:02x})"
    return "it is not"


def _read_parquet(path: Path) -> pd.DataFrame:
    import pandas as pd
    import pyarrow as pa

    try:
        table = pd.read_parquet(path)
    except (pa.ArrowException, OSError) as error:
        raise SourceError(f"{path} cannot be read as Parquet: {error}") from error
    names = [name for name in table.index.names if name not in (None, *table)]
    return table.reset_index(names).reset_index(drop=True).apply(_as_text)


def _as_text(values: pd.Series) -> pd.Series:
    """A typed column as text; whole numbers that became floats are whole again."""
    import pandas as pd

    missing = values.isna()
    whole = values.dtype.kind == "f" and not _fractions(values[~missing])
    text = [
        "" if gone else _written(value, whole).strip()
        for value, gone in zip(values, missing, strict=True)
    ]
    return pd.Series(text, index=values.index, dtype=object)


def _fractions(values: pd.Series) -> bool:
    """Whether finite values have digits after the decimal point."""
    return bool((values[np.isfinite(values)] % 1).any())


def _written(value: object, whole: bool) -> str:
    return str(int(value)) if whole and abs(value) < _WHOLE_BELOW else str(value)


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
