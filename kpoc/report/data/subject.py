"""What the page on data is about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from kpoc.ground.hashing import stable_hash
from kpoc.pictures.images import Finding
from kpoc.pictures.thumbnails import Thumbnails, find_thumbnails
from kpoc.protocols.manifest import Manifest

if TYPE_CHECKING:
    import pandas as pd

MOST_COLUMNS = 12


@dataclass(frozen=True)
class Augmented:
    """Training images as a recipe changes them.

    Attributes:
        recipe: Its name.
        kinds: What it does, in words, one an augmentation.
        image_size: Side of the images in pixels.
        seed: The recipe's seed.
        ids: The images.
        pictures: For each of them data URIs, every pixel kept: at the size of the
            images, then as training sees it in epochs 1, 2, ...
    """

    recipe: str
    kinds: Sequence[str]
    image_size: int
    seed: int
    ids: Sequence[str]
    pictures: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Subject:
    """A manifest, and what the check of its files found.

    Attributes:
        manifest: As `build_manifest` made it.
        findings: What the check found, by id of the row.
        augmented: Changed images, if a recipe was named.
        command: The command that makes this page again.
        created: When it was made.
        version: kpoc's.
    """

    manifest: Manifest
    findings: Mapping[str, Finding] = field(default_factory=dict)
    augmented: Augmented | None = None
    command: str = ""
    created: str = ""
    version: str = ""

    @property
    def meta(self) -> dict:
        """The manifest's meta."""
        return self.manifest.meta

    @property
    def steps(self) -> list[dict]:
        """The records of the protocol's steps, the source first."""
        return self.meta["steps"]

    @cached_property
    def class_columns(self) -> list[str]:
        """Columns that hold names, at most 12."""
        labels = self.steps[-1]["labels"]
        return [n for n, found in labels.items() if "classes" in found][:MOST_COLUMNS]

    @cached_property
    def number_columns(self) -> list[str]:
        """Columns that hold numbers, at most 12."""
        labels = self.steps[-1]["labels"]
        return [n for n, found in labels.items() if "edges" in found][:MOST_COLUMNS]

    @cached_property
    def bands(self) -> dict[str, str]:
        """Columns of bands, each with the number that was put into them."""
        return {
            step["parameters"]["into"]: step["parameters"]["column"]
            for step in self.steps
            if step["name"] == "band"
        }

    def levels(self, column: str, rows: pd.DataFrame | None = None) -> dict[str, int]:
        """Rows of each class: of the last step, or of some rows; those with none too.

        Args:
            column: A class column.
            rows: Some rows of the manifest.
        """
        names = list(self.steps[-1]["labels"][column]["classes"])
        declared = [str(name) for name in self.manifest.columns[column].classes or []]
        rows = self.manifest.table if rows is None else rows
        found = Counter(rows[column].astype(str))
        return {name: found[name] for name in dict.fromkeys([*declared, *names])}

    def pick(self, rows: pd.DataFrame, number: int, salt: str) -> pd.DataFrame:
        """Some rows by the hash of their ids: the same ones each time."""
        order = stable_hash(rows["id"], seed=0, salt=salt).argsort(kind="stable")
        return rows.iloc[order[:number]]

    def thumbnails(self, rows: pd.DataFrame) -> Thumbnails:
        """Small pictures of some rows."""
        return find_thumbnails(rows, [self.manifest.root])

    def words(self, row: Mapping, without: str = "") -> str:
        """A row's labels in words, less one column, and less bands of a number."""
        columns = [*self.number_columns, *self.class_columns]
        passed_over = {without, *self.bands}
        values = [row[name] for name in columns if name not in passed_over]
        return ", ".join(
            f"{value:g}" if isinstance(value, float) else str(value) for value in values
        )
