"""Which column of a table leads to the images, and how."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from kpoc.data_init.masks import is_mask
from kpoc.pictures.paths import IMAGE_SUFFIXES, LINKS_REMEDY, Links, is_image_name
from kpoc.sources.kinds.table_paths import LeadsOut, Places, Unplaced
from kpoc.sources.source import SourceError
from kpoc.sources.tables import SHORT, said_bytes

if TYPE_CHECKING:
    import pandas as pd

_SAMPLE = 50
_NAMES, _LONG = 10, 80
_ENOUGH = 0.5


@dataclass(frozen=True)
class PathColumn:
    """The column of paths and how it is to be read.

    Attributes:
        name: The column.
        root: The folder of the images.
        parameters: `suffix`, `strip_prefix`, `match` and `links` of the source `csv`,
            where they are needed.
        others: Other columns that lead to images too.
    """

    name: str
    root: Path
    parameters: dict[str, str | list[str]]
    others: tuple[str, ...] = ()


def find_paths(
    table: pd.DataFrame, columns: Sequence[str], root: Path, links: Links = "inside"
) -> PathColumn:
    """Finds the column of paths by trying which leads to files.

    Tried are, for each column: paths as they stand, with a suffix, without what they
    have too much in front, then file names wherever they lie below the folder. A column
    that leads to images is preferred to one that leads to other files, and any to one
    of masks by its name or its paths.

    Args:
        table: The table as text.
        columns: Its columns that come into question.
        root: The folder of the images.
        links: Which links are followed.

    Raises:
        SourceError: None leads to files, or the table does not name its columns; says
            what was tried.
    """
    samples = {name: _sample(table[name]) for name in columns}
    masks = [name for name, texts in samples.items() if _are_masks(name, texts)]
    images = [name for name in columns if name not in masks]
    if images and masks:
        with contextlib.suppress(SourceError):
            found = find_paths(table, images, root, links)
            if _leads_to_images(samples[found.name], found):
                also = [n for n in masks if _leads_to_images(samples[n], found)]
                return replace(found, others=(*found.others, *also))
    return _best(table, samples, root, links)


def _are_masks(name: str, texts: Sequence[str]) -> bool:
    """Whether a column by its name, or by what most paths end in, leads to masks."""
    parts = [part for t in texts for part in t.replace("\\", "/").split("/")[-2:]]
    return is_mask(name) or sum(map(is_mask, parts)) > _ENOUGH * len(texts) > 0


def _leads_to_images(texts: Sequence[str], found: PathColumn) -> bool:
    places = Places(found.root, **found.parameters)
    return _shares(places, texts, [""])[0] > _ENOUGH


def _best(
    table: pd.DataFrame, samples: dict[str, list[str]], root: Path, links: Links
) -> PathColumn:
    others = None
    for places in _ways(samples, root, links):
        for suffixes in ([""], _suffixes(places)):
            tried = [
                (*_shares(places, texts, suffixes), name)
                for name, texts in samples.items()
            ]
            images, files, name = max(tried, key=lambda each: each[:2])
            if images > _ENOUGH:
                also = [n for share, _, n in tried if share > _ENOUGH and n != name]
                found = _found(table, name, places, suffixes)
                return replace(found, others=tuple(also))
            if files > _ENOUGH and others is None:
                others = name, places, suffixes
    if others is not None:
        return _found(table, *others)
    raise SourceError(_no_paths(table, samples, root, links))


def _ways(samples: dict[str, list[str]], root: Path, links: Links) -> Iterator[Places]:
    """How paths may be read, the most exact way first."""
    plain = Places(root, links=links)
    yield plain
    if any(_linked_out(plain, texts) for texts in samples.values()):
        return  # else other files of the same names would be taken
    ending = Places(root, suffix=_suffixes(plain), links=links)
    found = [plain.excess(texts) or ending.excess(texts) for texts in samples.values()]
    fronts = filter(None, found)
    for front in dict.fromkeys(fronts):
        yield Places(root, strip_prefix=front, links=links)
    yield Places(root, match="name", links=links)


def _linked_out(places: Places, texts: Sequence[str]) -> bool:
    """Whether most paths are those of links that lead out of the folder."""
    out = [isinstance(_in_the_way(places, [text]), LeadsOut) for text in texts]
    return sum(out) > _ENOUGH * len(texts)


def common_root(texts: Sequence[str]) -> Path | None:
    """The folder above all absolute paths, if all are absolute and they are of here."""
    if not texts or not all(os.path.isabs(text) for text in texts):
        return None
    folders = dict.fromkeys(os.path.dirname(text) for text in texts)
    # what is above paths of another machine, such as / or /home, is here as well
    of_here = any(map(os.path.isdir, list(folders)[:: max(1, len(folders) // _SAMPLE)]))
    return Path(os.path.commonpath(list(folders))) if of_here else None


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


def _shares(
    places: Places, texts: Sequence[str], suffixes: Sequence[str]
) -> tuple[float, float]:
    """Share of the texts that lead to images by their names, and to any files."""
    found = [[t + s for s in suffixes if places.leads(t + s)] for t in texts]
    images = sum(any(map(is_image_name, names)) for names in found)
    return images / max(1, len(texts)), sum(map(bool, found)) / max(1, len(texts))


def _found(
    table: pd.DataFrame, name: str, places: Places, suffixes: Sequence[str]
) -> PathColumn:
    different = [text for text in dict.fromkeys(table[name]) if text]
    needed = _needed(places, different, suffixes)
    if any(places.leads(name + suffix) for suffix in needed) or is_image_name(name):
        raise SourceError(
            "the first line of a table must name its columns. Received: "
            f"{_names(table)}, where {SHORT.repr(name)} is an image"
        )
    parameters: dict[str, str | list[str]] = {}
    if needed != [""]:
        parameters["suffix"] = needed[0] if len(needed) == 1 else needed
    if places.strip_prefix:
        parameters["strip_prefix"] = places.strip_prefix
    if places.match == "name":
        parameters["match"] = "name"
    if places.links != "inside":
        parameters["links"] = places.links
    return PathColumn(name, places.root, parameters)


def _needed(places: Places, texts: Sequence[str], suffixes: Sequence[str]) -> list[str]:
    """The suffixes that lead to files where none before them does, commonest first."""
    if len(suffixes) == 1:
        return list(suffixes)
    sample = texts[:: max(1, len(texts) // _SAMPLE)]
    common = {s: sum(places.leads(text + s) for text in sample) for s in suffixes}
    needed, left = [], list(texts)
    for suffix in sorted(suffixes, key=common.get, reverse=True):
        still = [text for text in left if not places.leads(text + suffix)]
        if len(still) < len(left):
            needed.append(suffix)
        left = still
    return needed


def _no_paths(
    table: pd.DataFrame, samples: dict[str, list[str]], root: Path, links: Links
) -> str:
    by_path = Places(root, links=links)
    by_name = Places(root, match="name", links=links)
    likely = [name for name, texts in samples.items() if any(map(is_image_name, texts))]
    lines, reasons = [], []
    for name in likely or list(samples):
        text = next((t for t in samples[name] if not by_path.leads(t)), "")
        why = _in_the_way(by_path, [text]) or _in_the_way(
            by_name, [text + suffix for suffix in ("", *_suffixes(by_name))]
        )
        hint = f": {why}" if why else ""
        if not hint and likely and (near := by_path.near(text)):
            hint = f"; there is {', '.join(near)}"
        lines.append(f"- `{_names([name])}`, such as {SHORT.repr(text)}{hint}")
        reasons.append(why)
    linked = any(isinstance(why, LeadsOut) for why in reasons)
    return (
        f"a column of the table must lead to images below {root}; --images DIR says "
        f"where they lie, --path COLUMN which column it is. Received: {len(table):,} "
        "rows, and no column that does:\n"
        + "\n".join(lines[:_NAMES])
        + (f"\n- and {len(lines) - _NAMES} more" if lines[_NAMES:] else "")
        + (f"\n{LINKS_REMEDY}" if linked else "")
        + said_bytes(table)
    )


def _names(names: Iterable[str]) -> str:
    """Some names of columns, however many and long they are."""
    names = list(names)
    shown = [name if len(name) < _LONG else f"{name[:_LONG]}..." for name in names]
    return ", ".join(shown[:_NAMES]) + (", ..." if names[_NAMES:] else "")


def _in_the_way(places: Places, texts: Sequence[str]) -> Unplaced | None:
    """Why the first of these paths to name files is not followed, if one does."""
    for text in texts:
        try:
            places.find(text)
        except FileNotFoundError:
            continue
        except Unplaced as error:
            return error
    return None
