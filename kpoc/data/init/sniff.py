"""How a table is written, and which of its columns leads to the images."""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kpoc.data.paths import IMAGE_SUFFIXES, is_image_name
from kpoc.data.source import SourceError
from kpoc.data.sources.table_paths import Places, Unplaced
from kpoc.data.tables import PARQUET, SEPARATORS

if TYPE_CHECKING:
    import pandas as pd

_ENCODINGS = ("utf-8", "cp1252", "latin-1")
_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_SAMPLE = 50
_LINES = 50
_ENOUGH = 0.5


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
    lines = content.decode(encoding).removeprefix("\ufeff").splitlines()[:_LINES]
    separator = max(",;\t|", key=lambda sign: _columns(lines, sign))
    found = {"encoding": encoding, "separator": separator}
    default = {"encoding": "utf-8", "separator": SEPARATORS[path.suffix.lower()]}
    return {key: value for key, value in found.items() if value != default[key]}


def _decodes(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _columns(lines: Sequence[str], separator: str) -> int:
    """Number of columns, 0 if lines differ in it."""
    numbers = {len(fields) for fields in csv.reader(lines, delimiter=separator)}
    return numbers.pop() if len(numbers) == 1 else 0


@dataclass(frozen=True)
class PathColumn:
    """The column of paths and how it is to be read.

    Attributes:
        name: The column.
        root: The folder of the images.
        parameters: `suffix` and `match` of the source `csv`, where they are needed.
    """

    name: str
    root: Path
    parameters: dict[str, str]


def find_paths(table: pd.DataFrame, columns: Sequence[str], root: Path) -> PathColumn:
    """Finds the column of paths by trying which leads to files.

    Tried are, for each column: paths as they stand, with a suffix, then file names
    wherever they lie below the folder.

    Args:
        table: The table as text.
        columns: Its columns that come into question.
        root: The folder of the images.

    Raises:
        SourceError: None leads to files; says what was tried.
    """
    samples = {name: _sample(table[name]) for name in columns}
    for match in ("path", "name"):
        places = Places(root, match=match)
        for suffixes in ([""], _suffixes(places)):
            tried = [
                (_share(places, texts, suffix), name, suffix)
                for suffix in suffixes
                for name, texts in samples.items()
            ]
            share, name, suffix = max(tried, key=lambda each: each[0])
            if share > _ENOUGH:
                found = {"suffix": suffix} if suffix else {}
                found |= {"match": match} if match == "name" else {}
                return PathColumn(name, root, found)
    raise SourceError(_no_paths(table, samples, root))


def common_root(texts: Sequence[str]) -> Path | None:
    """The folder above all absolute paths, if all are absolute and it is there."""
    if not texts or not all(os.path.isabs(text) for text in texts):
        return None
    root = Path(os.path.commonpath([os.path.dirname(text) for text in texts]))
    return root if root.is_dir() else None


def _sample(texts: pd.Series) -> list[str]:
    """Different texts, evenly from the whole column."""
    different = [text for text in dict.fromkeys(texts) if text]
    return different[:: max(1, len(different) // _SAMPLE)]


def _suffixes(places: Places) -> list[str]:
    """The suffixes of images that names may lack."""
    if places.match == "name":
        return sorted({Path(name).suffix for name in places.by_name}) or [""]
    small = sorted(IMAGE_SUFFIXES)
    return [*small, *map(str.upper, small)]


def _share(places: Places, texts: Sequence[str], suffix: str) -> float:
    """Share of the texts that lead to a file."""
    return sum(_leads(places, text + suffix) for text in texts) / max(1, len(texts))


def _leads(places: Places, text: str) -> bool:
    try:
        places.find(text)
    except (FileNotFoundError, Unplaced):
        return False
    return True


def _no_paths(table: pd.DataFrame, samples: dict[str, list[str]], root: Path) -> str:
    likely = [name for name, texts in samples.items() if any(map(is_image_name, texts))]
    lines = []
    for name in likely or list(samples):
        first = next(iter(samples[name]), "")
        near = Places(root).near(first) if first and likely else []
        hint = f"; there is {', '.join(near)}" if near else ""
        lines.append(f"- `{name}`, such as {first!r}{hint}")
    return (
        f"a column of the table must lead to images below {root}; --images DIR says "
        f"where they lie, --path COLUMN which column it is. Received: {len(table):,} "
        "rows, and no column that does:\n" + "\n".join(lines)
    )
