"""How a text table is written: its encoding and separator."""

from __future__ import annotations

import contextlib
import csv
import io
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

SEPARATORS = {".csv": ",", ".tsv": "\t"}
PARQUET = ".parquet"

_ENCODINGS = ("utf-8", "cp1252", "latin-1")
_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_SIGNS = ",;\t|"
_ROWS = 50
_HEAD = 2**22
_LONGEST_FIELD = 2**31 - 1
_SAID = re.compile(r'"?sep=(.)"?[\r\n]*')


def sniff_text(path: Path) -> dict[str, str]:
    """Encoding and separator of a table, where they are not what is read by default.

    Returns:
        Parameters of the source `csv`.
    """
    if path.suffix.lower() == PARQUET:
        return {}
    content = path.read_bytes()
    encoding = _MARKS.get(content[:2]) or next(
        name for name in _ENCODINGS if _decodes(content, name)
    )
    default = {"encoding": "utf-8", "separator": SEPARATORS[path.suffix.lower()]}
    text = content.decode(encoding, "replace").removeprefix("\ufeff")
    separator = _separator(text, default["separator"])
    found = {"encoding": encoding, "separator": separator}
    return {key: value for key, value in found.items() if value != default[key]}


def said_separator(line: str) -> str | None:
    """The separator that a table's first line says to Excel, or None.

    Example:
        >>> said_separator("sep=;"), said_separator("sepal;petal")
        (';', None)
    """
    said = _SAID.fullmatch(line)
    return said[1] if said else None


def _decodes(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _separator(text: str, default: str) -> str:
    """The sign by which most rows have as many fields as the first one."""
    head = text[:_HEAD]
    if said := said_separator(head[: head.find("\n") + 1]):
        return said
    with _long_fields():
        return max([default, *_SIGNS], key=lambda sign: _fit(head, sign))


def _fit(text: str, separator: str) -> tuple[float, int]:
    """Share of the rows with as many fields as the first one, and their number."""
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    widths = [len(row) for row in islice(filter(any, rows), _ROWS)]
    if not widths or widths[0] < 2:
        return 0.0, 0
    return widths.count(widths[0]) / len(widths), widths[0]


@contextlib.contextmanager
def _long_fields() -> Iterator[None]:
    """Fields of any length, which the module `csv` refuses if it isn't asked."""
    before = csv.field_size_limit(_LONGEST_FIELD)
    try:
        yield
    finally:
        csv.field_size_limit(before)
