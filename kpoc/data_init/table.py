"""Looks at a table with the paths of images."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from kpoc.data_init.choose import NONE, Asked, Chosen, choose_columns
from kpoc.data_init.columns import CLASS, NUMBER, look_at_column
from kpoc.data_init.decimal_sign import find_decimals
from kpoc.data_init.look import BAND, Look, settle_splits
from kpoc.data_init.path_column import PathColumn, common_root, find_paths
from kpoc.data_init.split_words import splits_of
from kpoc.data_init.subjects import find_subjects
from kpoc.data_init.words import plain_name
from kpoc.protocols.manifest import FIXED_COLUMNS
from kpoc.sources.kinds.folder import Placed
from kpoc.sources.kinds.table import NO_VALUE, Table
from kpoc.sources.kinds.table_paths import Places
from kpoc.sources.sniff import sniff_text
from kpoc.sources.source import Listing, SourceError
from kpoc.sources.tables import nearest_column, read_table, said_bytes

if TYPE_CHECKING:
    import pandas as pd

_UNKNOWN = "unknown"
_CLIMB = 2


def look_at_table(place: Path, asked: Asked, cache: Path) -> Look:
    """Looks at a table; see `Look`.

    Args:
        place: A .csv, .tsv or .parquet file.
        asked: What the user says about it.
        cache: Folder for what is made once.

    Raises:
        SourceError: The table cannot be read, its paths lead nowhere, a column that
            was named is not there or cannot be used, or it is not said what is to be
            predicted and cannot be told.
    """
    written = sniff_text(place)
    table = read_table(place, **written)
    if absent := [
        f"`{n}`: {nearest_column(n, table)}" for n in asked.columns if n not in table
    ]:
        raise SourceError(
            "columns must be columns of the table. Received: "
            + "; ".join(absent)
            + said_bytes(table)
        )
    found = _path_column(table, place, asked)
    decimals = find_decimals(table, NO_VALUE, written.get("separator", ","))
    chosen = choose_columns(
        {
            name: look_at_column(
                name, table[name], NO_VALUE, decimals[name], asked.kinds.get(name)
            )
            for name in table
            if name != found.name
        },
        asked,
    )
    varying = _varying_within(table, found.name, chosen.used)
    chosen = _without(chosen, varying, asked)
    numbers = [name for name in chosen.used if chosen.looks[name].kind == NUMBER]
    reserved = {name + BAND for name in numbers}
    names = _label_names(chosen.used, chosen.targets, reserved)
    signs = {decimals[name] for name in numbers}
    decimal = "," if signs == {","} else "."
    parameters = {
        "table": _table_from(place, found.root),
        "path": found.name,
        **found.parameters,
        **written,
        **({"decimal": decimal} if decimal != "." else {}),
        **_missing_files(table[found.name], found),
        "columns": {
            new: _declared(name, new, chosen, decimals[name], decimal)
            for name, new in names.items()
        },
    }
    listing = Table.model_validate(parameters).read(found.root, cache)
    targets = {names[name]: chosen.looks[name].kind for name in chosen.targets}
    look = Look(
        place=str(place),
        root=listing.root,
        source={"name": "csv", **parameters},
        listing=listing,
        targets=targets,
        groups={names[name]: chosen.looks[name].kind for name in chosen.groups},
        together=names.get(chosen.together),
        taken=_taken(found, chosen, names),
        not_taken=_not_taken(chosen, varying),
        remarks=[
            *_paths_remark(found),
            *(note for name in chosen.used for note in chosen.looks[name].notes),
            *_rows_remark(table[found.name], varying, chosen),
            *([] if chosen.together else _subjects_remark(listing, targets, asked)),
        ],
    )
    if chosen.split:
        look.split_column = names[chosen.split]
        values = listing.frame[look.split_column].unique()
        named = splits_of(values)
        look.splits, remark = settle_splits({v: named.get(v, "") for v in values})
        look.remarks += [remark] if remark else []
    return look


def _varying_within(
    table: pd.DataFrame, path: str, names: Sequence[str]
) -> dict[str, int]:
    """Columns whose value differs between rows about one image: of how many images."""
    again = table[table.duplicated(path, keep=False) & ~table[path].isin(NO_VALUE)]
    if again.empty:
        return {}
    values = again.groupby(path)[list(names)].nunique()
    return {name: int(n) for name, n in (values > 1).sum().items() if n}


def _path_column(table: pd.DataFrame, place: Path, asked: Asked) -> PathColumn:
    columns = [asked.path] if asked.path else list(table)
    root = asked.images
    if root is None:
        roots = [common_root([t for t in table[name] if t]) for name in columns]
        root = next((root for root in roots if root), place.parent)
    if not root.is_dir():
        raise SourceError(f"the images must lie in a folder. Received: {root}")
    return find_paths(table, columns, root.resolve(), asked.links)


def _label_names(
    names: list[str], targets: list[str], reserved: set[str]
) -> dict[str, str]:
    """The label name of each column: its own one where manifest and recipe allow it."""
    free: dict[str, str] = {}
    for name in names:
        new = plain_name(name) if name in targets else name.replace(".", "_")
        while new in (*FIXED_COLUMNS, *reserved, *free.values()):
            new = f"table_{new}"
        free[name] = new
    return free


def _table_from(place: Path, root: Path) -> str:
    """The table as seen from the images if it lies in or above them, else its place."""
    path = Path(os.path.relpath(place.resolve(), root))
    up = path.parts.count("..")
    near = not up or (up <= _CLIMB and len(path.parts) == up + 1)
    return path.as_posix() if near else str(place.resolve())


def _missing_files(texts: pd.Series, found: PathColumn) -> dict[str, str]:
    places = Places(found.root, **found.parameters)
    for text in texts[~texts.isin(NO_VALUE)]:
        try:
            places.find(text)
        except FileNotFoundError:
            return {"missing_files": "left_out"}
        except ValueError:
            continue  # the source refuses it, with all others of its kind
    return {}


def _declared(
    name: str, new: str, chosen: Chosen, decimal: str, by_default: str
) -> object:
    """How the source is told to read a column."""
    look = chosen.looks[name]
    kind = "number" if look.kind == NUMBER and name != chosen.together else "class"
    rule: dict[str, object] = {"kind": kind}
    if name == chosen.together:
        rule["missing"] = ""
    elif kind == "class" and look.missing and name not in chosen.targets:
        rule["missing"] = _UNKNOWN
    if kind == "number" and decimal != by_default:
        rule["decimal"] = decimal
    if look.no_value:
        rule["no_value"] = list(look.no_value)
    if new != name:
        rule["column"] = name
    return kind if len(rule) == 1 else rule


def _taken(
    found: PathColumn, chosen: Chosen, names: dict[str, str]
) -> list[tuple[str, str]]:
    """What each column that is used was taken for."""
    by_name = found.parameters.get("match") == "name"
    how = "names of images, wherever they lie" if by_name else "paths of images"
    if suffix := found.parameters.get("suffix"):
        listed = suffix if isinstance(suffix, str) else " or ".join(suffix)
        how += f", without their {listed}"
    if front := found.parameters.get("strip_prefix"):
        how += f", without {front} in front"
    if "links" in found.parameters:
        how += ", which may be links that lead out of the folder"
    lines = [(found.name, how)]
    for name in chosen.used:
        look = chosen.looks[name]
        missing = f", {look.missing:,} rows without" if look.missing else ""
        use = _use(name, chosen) + (f" {new}" if (new := names[name]) != name else "")
        lines.append((name, f"{use}: {look.why}{missing}"))
    return lines


def _use(name: str, chosen: Chosen) -> str:
    if name in chosen.targets:
        return "target"
    if name in chosen.groups:
        return "group"
    if name == chosen.split:
        return "splits"
    # splits that the data come with are not changed
    return "persons or things" if chosen.split else "kept together"


def _without(chosen: Chosen, varying: Mapping[str, int], asked: Asked) -> Chosen:
    """The columns but for those that say nothing of an image, unless asked for."""
    if asked.groups is None:
        groups = [name for name in chosen.groups if name not in varying]
        chosen = replace(chosen, groups=groups)
    if chosen.together in varying and not asked.together:
        chosen = replace(chosen, together=None)
    return chosen


def _paths_remark(found: PathColumn) -> list[str]:
    return [
        f"`{name}` leads to images too: those of `{found.name}` are taken (--path "
        f"{name} takes the others)"
        for name in found.others
    ]


def _rows_remark(
    paths: pd.Series, varying: Mapping[str, int], chosen: Chosen
) -> list[str]:
    """What is said where there are several rows an image."""
    if not (again := paths[paths.duplicated()].nunique()):
        return []
    remarks = [f"{again:,} images have several rows: each image counts once"]
    remarks += [
        f"{n:,} images are left out, as `{name}` differs between their rows"
        for name, n in varying.items()
        if name in chosen.used
    ]
    remarks += [
        f"`{name}` differs between the rows of {n:,} images, so it is no group and "
        "keeps nothing together"
        for name, n in varying.items()
        if name not in chosen.used
    ]
    return remarks


def _subjects_remark(
    listing: Listing, targets: Mapping[str, str], asked: Asked
) -> list[str]:
    """What paths say of persons or things, which no column does."""
    label = next((name for name, kind in targets.items() if kind == CLASS), None)
    labels = listing.frame[label] if label else [""] * len(listing.frame)
    placed = []
    for path, each in zip(listing.frame["path"], labels, strict=True):
        *folders, name = path.split("/")
        placed.append(Placed("", each, tuple(folders), name))
    found = find_subjects(placed, asked.together)
    if not found.parameters:
        return []
    return [
        "images may show the same by their paths (the same "
        f"{found.parameters['subject']}), and nothing keeps them in one split: a "
        f"column that says so, by --together, would (--together {NONE}: they do not)"
    ]


def _not_taken(chosen: Chosen, varying: Mapping[str, int]) -> list[tuple[str, str]]:
    """What was left alone, and why."""
    whys = {name: f"differs within {n:,} images" for name, n in varying.items()}
    return [
        (
            name,
            whys.get(name)
            or (f"not asked for ({look.why})" if look.kind else look.why),
        )
        for name, look in chosen.looks.items()
        if name not in chosen.used
    ]
