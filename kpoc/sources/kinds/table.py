"""Source `csv`: any table with the paths of images."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
import pydantic

from kpoc.ground.hashing import file_hashes
from kpoc.ground.schema import Strict
from kpoc.pictures.paths import LINKS_REMEDY, Links, composed, stable_ids
from kpoc.sources.kinds.table_paths import LeadsOut, Places, Unplaced
from kpoc.sources.source import (
    Listing,
    Source,
    SourceError,
    check_label_names,
    register_source,
)
from kpoc.sources.tables import (
    NO_VALUE,
    SHORT,
    nearest_column,
    read_table,
    said_bytes,
    to_numbers,
)

if TYPE_CHECKING:
    import pandas as pd

_SHOWN = 10


class TableColumn(Strict):
    """How a column is read. In YAML a mapping, or just the kind.

    Attributes:
        kind: `number`, or `class` for names as they stand in the table.
        column: Its name in the table; by default the name it has here.
        missing: The class of rows without a value; by default they are left out.
        no_value: Texts that say in this column, beside those of the whole table, that
            there is no value.
        decimal: The decimal sign of its numbers; by default the table's.
    """

    kind: Literal["number", "class"]
    column: str | None = None
    missing: str | None = None
    no_value: list[str] = []
    decimal: Literal[".", ","] | None = None

    @pydantic.model_validator(mode="before")
    @classmethod
    def _from_kind(cls, value: object) -> object:
        return {"kind": value} if isinstance(value, str) else value

    @pydantic.model_validator(mode="after")
    def _only_classes_fill(self) -> TableColumn:
        if self.kind == "number" and self.missing is not None:
            raise ValueError(
                "`missing` names a class, which a number has not. "
                f"Received: {self.missing!r}"
            )
        return self


@register_source("csv")
class Table(Source):
    """A .csv, .tsv or .parquet table with one row an image.

    The root is the folder of the images. Labels: the columns that are declared.

    A row that lacks a path, a file or a label is reported and not taken. So are rows
    about the same image: if they agree one of them stays, if they contradict each
    other none. Paths that leave the root are refused.

    Attributes:
        table: The table, relative to the root or absolute.
        path: Its column of paths, relative to the root or absolute below it.
            Backslashes are read as slashes.
        columns: The label columns by the names that they get.
        suffix: What the paths lack at their end, such as `.jpg`; of several suffixes,
            the first that leads to a file counts.
        strip_prefix: What the paths have too much in front, such as the folder where
            the images lay on another machine: `/home/ann/photos`, `C:/data`.
        match: Whether files are found by their `path` or, wherever they lie below the
            root, by their `name`.
        missing_files: Whether a file that is not there is an `error`, or its row is
            `left_out`.
        links: `follow` takes files that are links which lead out of the root as well,
            as into the cache of DVC, git-annex or the Hugging Face Hub.
        encoding: Of a text file.
        separator: Of its columns; by default a comma, or a tab in .tsv.
        decimal: The decimal sign of numbers.
        no_value: The texts that say in any column that there is no value.
    """

    table: str
    path: str
    columns: Annotated[dict[str, TableColumn], pydantic.Field(min_length=1)]
    suffix: str | Annotated[list[str], pydantic.Field(min_length=1)] = ""
    strip_prefix: str = ""
    match: Literal["path", "name"] = "path"
    missing_files: Literal["error", "left_out"] = "error"
    links: Links = "inside"
    encoding: str = "utf-8"
    separator: str | None = None
    decimal: Literal[".", ","] = "."
    no_value: list[str] = list(NO_VALUE)

    citation: ClassVar[str] = "images of your own: their owner says how to cite them"
    licence: ClassVar[str] = "as the images' owner says"

    @pydantic.field_validator("columns")
    @classmethod
    def _names(cls, columns: dict) -> dict:
        check_label_names(columns)
        return columns

    def read(self, root: Path | None, cache: Path) -> Listing:
        """See `Source.read`."""
        import pandas as pd

        if root is None or not Path(root).is_dir():
            raise SourceError(f"the data root must be a folder. Received: {root}")
        root = Path(root).resolve()
        table = read_table(
            root / self.table, encoding=self.encoding, separator=self.separator
        )
        self._require_columns(table)
        reported: list[tuple[str, str]] = []
        places = self._places(table[composed(self.path)], root, reported)
        table = table.loc[list(places)]
        frame = pd.DataFrame({"id": list(places.values())}, index=table.index)
        kept = np.ones(len(table), dtype=bool)
        for name, rule in self.columns.items():
            column = composed(rule.column or name)
            texts = table[column]
            frame[name], missing = self._labels(texts, rule)
            for row, text in zip(frame.loc[missing, "id"], texts[missing], strict=True):
                # such as 90+, which says more than that there is no value
                said = f", but {text!r}" if any(map(str.isdecimal, text)) else ""
                reported.append((row, f"has no `{column}` in the table{said}"))
            kept &= ~missing
        frame = _one_row_each(frame[kept], reported)
        if frame.empty:
            raise SourceError(
                f"the table must give rows with a file and all labels. Received: "
                f"{root / self.table}, {len(reported)} rows of which are left out"
            )
        frame.insert(1, "path", frame["id"])
        frame["id"] = stable_ids(frame["id"])
        frame.insert(2, "sha256", file_hashes(root / path for path in frame["path"]))
        return Listing(frame.reset_index(drop=True), root, reported)

    def _require_columns(self, table: pd.DataFrame) -> None:
        wanted = [self.path, *(rule.column or n for n, rule in self.columns.items())]
        absent = [
            f"`{n}`: {nearest_column(n, table)}"
            for n in wanted
            if composed(n) not in table
        ]
        if absent:
            raise SourceError(
                f"the table {self.table} must have the columns that are declared (with "
                "a wrong `separator` all are one). Received: none called "
                + "; none called ".join(absent)
                + said_bytes(table)
            )

    def _places(
        self, paths: pd.Series, root: Path, reported: list[tuple[str, str]]
    ) -> dict[int, str]:
        """The file of each row of the table, by the row's number."""
        places = Places(
            root, self.suffix, self.match, self.strip_prefix, links=self.links
        )
        found, missing, wrong, lost, linked = {}, [], [], [], False
        for row, text in paths.items():
            try:
                if text in self.no_value:
                    reported.append((f"row {row + 1}", "has no path in the table"))
                    continue
                found[row] = places.find(text)
            except FileNotFoundError:
                missing.append(text)
            except Unplaced as error:
                linked |= isinstance(error, LeadsOut)
                lost.append(text)
                wrong.append(f"{SHORT.repr(text)} in row {row + 1}: {error}")
        if missing and (self.missing_files == "error" or not found):
            lost += missing
            wrong += _near_missing(missing, places)
        if wrong:
            raise SourceError(
                f"all paths of the table must lead to files below {root} "
                "(`missing_files: left_out` does without those that are not there). "
                f"Received: {len(wrong)} that do not:\n"
                + "\n".join(f"- {line}" for line in wrong[:_SHOWN])
                + (f"\n- and {len(wrong) - _SHOWN} more" if wrong[_SHOWN:] else "")
                + (f"\n{LINKS_REMEDY}" if linked else "")
                + _too_much(places, lost)
            )
        reported += [(places.wanted(text), "no such file") for text in missing]
        return found

    def _labels(
        self, texts: pd.Series, rule: TableColumn
    ) -> tuple[pd.Series, np.ndarray]:
        """The values of a column, and which rows have none."""
        import pandas as pd

        missing = texts.isin([*self.no_value, *rule.no_value]).to_numpy()
        if rule.kind == "number":
            decimal = rule.decimal or self.decimal
            values = to_numbers(texts, decimal)
            if (odd := ~np.isfinite(values) & ~missing).any():
                seen = list(dict.fromkeys(texts[odd]))
                raise SourceError(
                    f"`{texts.name}` must hold finite numbers with the decimal sign "
                    f"{decimal!r}, or a text of `no_value`. Received: "
                    f"{int(odd.sum())} others, such as {SHORT.repr(seen)}"
                )
            return pd.Series(values, texts.index), missing
        names = texts.map(composed)
        if rule.missing is not None:
            return names.mask(missing, rule.missing), np.zeros_like(missing)
        return names, missing


def _too_much(places: Places, texts: list[str]) -> str:
    """What paths have in front that is too much, and the remedy."""
    front = places.excess(list(dict.fromkeys(texts))) if places.match == "path" else ""
    return (
        front
        and f"\nthey lead to files without {front!r} in front: in a protocol's "
        f"source `strip_prefix: {front}`; `kpoc data init` finds it by itself"
    )


def _near_missing(missing: list[str], places: Places) -> list[str]:
    """What is missing, with the names that are like it for as many as are shown."""
    lines = []
    for number, text in enumerate(missing):
        near = places.near(text) if number < _SHOWN else []
        hint = f"; there is {', '.join(near)}" if near else ""
        lines.append(f"{SHORT.repr(places.wanted(text))}: no such file{hint}")
    return lines


def _one_row_each(frame: pd.DataFrame, reported: list[tuple[str, str]]) -> pd.DataFrame:
    """One row an image; none where rows about it contradict each other."""
    distinct = frame.drop_duplicates()
    again = distinct[distinct["id"].duplicated(keep=False)]
    contradict = again["id"].unique()
    values = again.groupby("id", sort=False).nunique(dropna=False)
    for name in contradict:
        columns = ", ".join(f"`{c}`" for c in values if values.at[name, c] > 1)
        why = f"rows of the table contradict each other in {columns}"
        reported.append((name, why))
    agree = frame[frame.duplicated() & ~frame["id"].isin(contradict)]["id"]
    reported += [
        (f"{name}, row {row + 1}", "says what another row of the table says")
        for row, name in agree.items()
    ]
    return distinct[~distinct["id"].isin(contradict)]
