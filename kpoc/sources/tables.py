"""Tables that somebody else made, read as text: what was written is what is seen."""

from __future__ import annotations

import functools
import re
import reprlib
import warnings
from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kpoc.ground.schema import nearest
from kpoc.pictures.paths import composed
from kpoc.sources.sniff import PARQUET, SEPARATORS, said_separator, sniff_text
from kpoc.sources.source import SourceError

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

TABLE_SUFFIXES = (*SEPARATORS, PARQUET)
NO_VALUE = ("", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null")
"""Texts of a table that say that there is no value."""

SHORT = reprlib.Repr()
"""Shows values of tables, however long, in about a line."""
SHORT.maxstring, SHORT.maxlist = 80, 5

_NUMBER = {
    # each digit can be matched in one way: a long text takes no longer than it must
    ".": re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?"),
    ",": re.compile(r"[+-]?(\d+(,\d*)?|,\d+)([eE][+-]?\d+)?"),
}
_BYTES = "columns of bytes"
_HEAD, _SHOWN, _LONG, _LONGEST = 50, 5, 80, 1000
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
        table, left_out = _read_parquet(path)
        return _checked(table.apply(_as_text), path, left_out)
    return _checked(_read_text(path, encoding, separator), path)


def read_numbers(path: Path, texts: Collection[str] = ()) -> pd.DataFrame:
    """Reads a table whose values are numbers, however it was written.

    Encoding, separator and decimal sign of a text file are found out. A decimal comma
    is one where the separator is not a comma: `0,25`; there are no signs between
    thousands. A column that holds anything else than numbers stays text.

    Args:
        path: As in `read_table`.
        texts: Columns that are text, whatever they look like, as in `read_table`.

    Returns:
        As `read_table`, but for the columns that are numbers: NaN where one is missing.

    Raises:
        SourceError: As in `read_table`.
    """
    if _suffix(path) == PARQUET:
        table, left_out = _read_parquet(path)
        named = [composed(str(name).strip()) in texts for name in table]
        for place in np.flatnonzero(named):
            table.isetitem(place, _as_text(table.iloc[:, place]))
        return _checked(table, path, left_out)
    written = {"encoding": "utf-8", "separator": None} | sniff_text(path)

    def read(decimal: str) -> pd.DataFrame:
        return _read_text(path, **written, texts=texts, decimal=decimal)

    table = read(".")
    if (written["separator"] or _default_separator(path)) != ",":
        comma = [_with_commas(table.iloc[:, i]) for i in range(table.shape[1])]
        table = read(",") if any(comma) else table
    return _checked(table, path)


def nearest_column(name: str, table: pd.DataFrame) -> str:
    """The end of an error on a column that is not there: what was probably meant."""
    said = nearest(name, [column[:_LONG] for column in table])
    return said if len(said) < _LONGEST else f"{said[:_LONGEST]}..."


def said_bytes(table: pd.DataFrame) -> str:
    """The end of an error on a table that holds bytes, such as pictures; or ""."""
    if not (names := table.attrs.get(_BYTES)):
        return ""
    listed = ", ".join(f"`{SHORT.repr(name)[1:-1]}`" for name in names[:_SHOWN])
    return (
        f"\nthe table holds bytes in {listed}: pictures that are inside of the table "
        "must be written out as files first, and a column must say their paths"
    )


def _suffix(path: Path) -> str:
    suffix = path.suffix.lower()
    if suffix not in TABLE_SUFFIXES or not path.is_file():
        raise SourceError(
            f"the table must be a file that ends in {', '.join(TABLE_SUFFIXES)}. "
            f"Received: {path}"
        )
    return suffix


def _checked(
    table: pd.DataFrame, path: Path, left_out: Sequence[str] = ()
) -> pd.DataFrame:
    """The table with clean names of columns, each once."""
    table.attrs[_BYTES] = list(left_out)
    table.columns = [composed(str(name).strip()) for name in table.columns]
    again = [name for name, n in Counter(table.columns).items() if n > 1]
    differ = [n for n in again if not _all_equal(table.loc[:, table.columns == n])]
    if differ:
        raise SourceError(
            f"the columns of a table must have different names. Received: {path}, with "
            "several called "
            + ", ".join(f"`{name[:_LONG]}`" for name in differ[:_SHOWN])
        )
    if table.empty:
        raise SourceError(
            f"the table must have rows. Received: {path}{said_bytes(table)}"
        )
    return table.loc[:, ~table.columns.duplicated()] if again else table


def _all_equal(columns: pd.DataFrame) -> bool:
    """Whether all columns say the same."""
    first = columns.iloc[:, 0]
    return all(first.equals(columns.iloc[:, i]) for i in range(1, columns.shape[1]))


def _default_separator(path: Path) -> str:
    return SEPARATORS[path.suffix.lower()]


def _read_text(
    path: Path,
    encoding: str,
    separator: str | None,
    texts: Collection[str] | None = None,
    decimal: str = ".",
) -> pd.DataFrame:
    """Reads a text file.

    Args:
        path: The file.
        encoding: Its encoding.
        separator: Between columns; None for what is said or usual.
        texts: The columns that are text, of a table of numbers; None if all are.
        decimal: The decimal sign of numbers.
    """
    import pandas as pd

    if encoding.lower().replace("_", "-") in {"utf-8", "utf8"}:
        encoding = "utf-8-sig"  # Excel puts a byte-order mark in front
    try:
        with open(path, encoding=encoding) as file:
            said = said_separator(file.readline())
        with warnings.catch_warnings():
            # it would drop what stands beyond the last column
            warnings.filterwarnings("error", "Length of header or names")
            read = functools.partial(
                pd.read_csv,
                path,
                sep=separator or said or _default_separator(path),
                encoding=encoding,
                skiprows=1 if said else 0,
                index_col=False,
                skipinitialspace=True,
                low_memory=False,
            )
            written = read(header=None, nrows=1, dtype=object, na_filter=False)
            if texts is None:
                table = read(dtype=object, na_filter=False)
            else:
                names = list(read(nrows=0).columns)
                kept = [n for n in names if composed(str(n).strip()) in texts]
                table = read(
                    dtype=dict.fromkeys(kept, object),
                    keep_default_na=False,
                    na_values={n: NO_VALUE for n in names if n not in kept},
                    decimal=decimal,
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
        raise SourceError(
            f"{path} cannot be read as a table: {str(error).strip()[:_LONGEST]}"
        ) from error
    # pandas numbers names that stand twice, which hides that they do
    own = [str(name) for name in written.iloc[0]] if len(written) else []
    if len(own) == table.shape[1]:
        pairs = zip(own, table.columns, strict=True)
        table.columns = [name.strip() or other for name, other in pairs]
    for i, kind in enumerate(table.dtypes):
        if kind.kind == "O":
            stripped = [
                v.strip() if isinstance(v, str) else v for v in table.iloc[:, i]
            ]
            table.isetitem(i, pd.Series(stripped, table.index, dtype=object))
    return table


def _with_commas(values: pd.Series) -> bool:
    """Whether a column that is text holds numbers with decimal commas."""
    if values.dtype != object:
        return False
    head = values.dropna().head(_HEAD).astype(str)
    return head.str.contains(",").any() and not np.isnan(to_numbers(head, ",")).any()


def _first_fault(path: Path, encoding: str) -> str:
    """Where a text file is not in an encoding; what reads by pieces cannot tell."""
    content = path.read_bytes()
    try:
        content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content[: error.start].decode(encoding, "replace").count("\n") + 1
        return f"line {line} is not (byte 0x{content[error.start]:02x})"
    return "it is not"


def _read_parquet(path: Path) -> tuple[pd.DataFrame, list[str]]:
    """The table but for columns of bytes, and the names of those."""
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        schema = pq.read_schema(path)
        left_out = [field.name for field in schema if _holds_bytes(field.type)]
        kept = [name for name in schema.names if name not in left_out]
        table = pd.read_parquet(path, columns=kept if left_out else None)
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError) as error:
        raise SourceError(
            f"{path} cannot be read as Parquet: {str(error)[:_LONGEST]}"
        ) from error
    names = [name for name in table.index.names if name not in (None, *table)]
    return table.reset_index(names).reset_index(drop=True), left_out


def _holds_bytes(kind: pa.DataType) -> bool:
    """Whether a type is that of bytes, or has some inside."""
    import pyarrow as pa

    if isinstance(kind, pa.BaseExtensionType):
        return _holds_bytes(kind.storage_type)
    if pa.types.is_dictionary(kind):
        return _holds_bytes(kind.value_type)
    if pa.types.is_nested(kind):
        return any(_holds_bytes(kind.field(i).type) for i in range(kind.num_fields))
    return (
        pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
        or pa.types.is_fixed_size_binary(kind)
        or pa.types.is_binary_view(kind)
    )


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
