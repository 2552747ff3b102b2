"""The manifest: a table with one row an image, and where it comes from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kpoc.ground.errors import UserError
from kpoc.ground.files import atomic
from kpoc.ground.json_files import parse_json
from kpoc.ground.schema import SchemaError, validate
from kpoc.protocols.image_paths import ImagePaths
from kpoc.protocols.manifest_checks import (
    SPLITS,
    HasRules,
    row_problems,
    untrained,
    value_problems,
)
from kpoc.protocols.manifest_meta import Meta
from kpoc.sources.source import FIXED_COLUMNS

if TYPE_CHECKING:
    import pandas as pd

_PIECE = 10_000
_META_KEY = b"kpoc"


class ManifestError(UserError, ValueError):
    """A manifest that breaks its rules.

    Attributes:
        problems: One sentence for each broken rule.
    """

    def __init__(self, problems: list[str]):
        self.problems = problems
        super().__init__(
            f"the manifest has {len(problems)} problem(s):\n"
            + "\n".join(f"- {p}" for p in problems)
        )


@dataclass(frozen=True)
class Column:
    """The rules of a target or group column.

    Attributes:
        classes: The possible values of a class column, in the order of their codes.
        range: Smallest and largest value of a number column.
    """

    classes: list[str] | None = None
    range: list[float] | None = None


class Manifest:
    """Rows of images with their splits, targets and groups.

    Args:
        table: One row an image: `id` (unique), `path` (relative to the root, POSIX),
            `split` (train, validation or test), `stratum` (the cell by which a test
            row was drawn, else ""), `sha256` (of the file), then target and group
            columns: numbers for regression, class names as text otherwise.
        meta: What is known about the rows; plain JSON types. `columns` holds the
            rules of the columns (`{"age": {"range": [1, 80]}}`), `root` the folder
            that paths are relative to, where the manifest was made.

    Example:
        >>> import pandas as pd
        >>> rows = pd.DataFrame(
        ...     {
        ...         "id": ["a", "b", "c"],
        ...         "path": ["a.png", "b.png", "c.png"],
        ...         "split": ["train", "validation", "test"],
        ...         "stratum": ["", "", "Ring"],
        ...         "sha256": ["0a", "0b", "0c"],
        ...         "kind": ["Ring", "Plain", "Ring"],
        ...     }
        ... )
        >>> manifest = Manifest(
        ...     rows, {"columns": {"kind": {"classes": ["Ring", "Plain"]}}}
        ... )
        >>> manifest.validate().counts
        {'train': 1, 'validation': 1, 'test': 1}
        >>> manifest.digest[:8]
        '659bc1c4'
    """

    def __init__(self, table: pd.DataFrame, meta: Mapping[str, Any] | None = None):
        self.table = table.reset_index(drop=True)
        self.meta = dict(meta or {})

    def __repr__(self) -> str:
        return f"Manifest({self.meta.get('protocol', 'unnamed')}, {self.counts})"

    def __len__(self) -> int:
        return len(self.table)

    @property
    def columns(self) -> dict[str, Column]:
        """The rules of the target and group columns, by name."""
        return {k: Column(**v) for k, v in self.meta.get("columns", {}).items()}

    @property
    def counts(self) -> dict[str, int]:
        """The number of rows of each split."""
        found = self.table["split"].value_counts()
        return {split: int(found.get(split, 0)) for split in SPLITS}

    @property
    def root(self) -> Path | None:
        """The folder that `path` is relative to, if it is known."""
        root = self.meta.get("root")
        return Path(root) if root else None

    @property
    def digest(self) -> str:
        """SHA-256, in hex, of what the rows say, whatever their order.

        It covers `id`, `split` and all target and group columns; not `path` and
        `sha256`, which tell where the rows lie, not which they are.
        """
        own = sorted(c for c in self.table.columns if c not in FIXED_COLUMNS)
        return self._digest_of(["id", "split", *own])

    @property
    def files_digest(self) -> str:
        """SHA-256, in hex, of where the rows lie and what their files hold.

        It covers what `digest` leaves out, `path` and `sha256`, by `id`; moving the
        images within their root changes it, and leaves the rows what they are.
        """
        return self._digest_of(["id", "path", "sha256"])

    def _digest_of(self, names: list[str]) -> str:
        table = self.table[names]
        order = table["id"].argsort(kind="stable").to_numpy()
        digest = hashlib.sha256(json.dumps(names).encode())
        # piece by piece: all at once takes several times the table's memory
        for start in range(0, len(order), _PIECE):
            piece = table.take(order[start : start + _PIECE])
            for row in zip(*(piece[name].tolist() for name in names), strict=True):
                digest.update(b"\n" + json.dumps(row).encode())
        return digest.hexdigest()

    @property
    def test_digest(self) -> str:
        """`digest` of the test rows alone: what sides of a comparison must share."""
        return Manifest(self.rows("test")).digest

    def rows(self, split: str) -> pd.DataFrame:
        """The rows of one split, in the manifest's order, numbered from 0.

        Raises:
            ValueError: No such split.
        """
        return self.table[self._is_of(split)].reset_index(drop=True)

    def column(self, split: str, name: str) -> pd.Series:
        """One column of `rows`, without a copy of the others.

        Raises:
            ValueError: No such split.
            KeyError: No such column.
        """
        return self.table.loc[self._is_of(split), name].reset_index(drop=True)

    def paths(self, split: str | None = None) -> list[Path]:
        """Full paths of the images of a split, or of all rows.

        Raises:
            ValueError: The manifest does not know its root, or no such split.
        """
        return [Path(path) for path in self.path_texts(split)]

    def path_texts(self, split: str | None = None) -> ImagePaths:
        """`paths` as text, made as they are asked for: of many it saves memory.

        Raises:
            ValueError: As `paths`.
        """
        if self.root is None:
            raise ValueError(
                "`meta['root']` must be set to find images. Received: None"
            )
        whole = split is None
        relative = self.table["path"] if whole else self.column(split, "path")
        return ImagePaths(self.root, relative)

    def without(self, reasons: Mapping[str, str]) -> Manifest:
        """The manifest less some rows, which its meta then reports.

        Args:
            reasons: Why each row is left out, by id.

        Returns:
            A new manifest with its own digest and counts.
        """
        kept = Manifest(self.table[~self.table["id"].isin(list(reasons))], self.meta)
        left_out = [{"name": name, "reason": why} for name, why in reasons.items()]
        kept.meta["reported"] = [*self.meta.get("reported", []), *left_out]
        kept.meta |= {"digest": kept.digest, "counts": kept.counts}
        return kept

    def validate(
        self,
        targets: Mapping[str, HasRules] | None = None,
        groups: Iterable[str] = (),
    ) -> Manifest:
        """Checks all rules and reports all that are broken at once.

        Args:
            targets: Targets of a recipe by name; their columns are checked against
                them beside the manifest's own rules, and each of their classes must
                be in the train split.
            groups: Names of group columns that must be there.

        Returns:
            The manifest itself.

        Raises:
            ManifestError: Empty manifest, missing columns, duplicate ids or paths,
                paths that leave the root, unknown or empty splits, missing or
                out-of-range values, unknown class names, the same image in two
                splits, classes that are never trained.
        """
        targets = dict(targets or {})
        problems = list(self._missing_columns([*self.columns, *targets, *groups]))
        if self.table.empty:
            problems.append("there must be rows. Received: an empty manifest")
        if not problems:
            problems.extend(row_problems(self.table))
            for rules in (self.columns, targets):
                for name, rule in rules.items():
                    problems.extend(value_problems(self.table, name, rule))
            for name, target in targets.items():
                problems.extend(untrained(self.table, name, target))
        if problems:
            raise ManifestError(list(dict.fromkeys(problems)))
        return self

    def save(self, path: str | Path) -> None:
        """Writes the manifest as Parquet, whole or not at all.

        Raises:
            OSError: The file cannot be written.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        meta = self.meta | {
            "digest": self.digest,
            "files_digest": self.files_digest,
            "counts": self.counts,
        }
        table = pa.Table.from_pandas(self.table, preserve_index=False)
        schema = table.schema.metadata | {_META_KEY: json.dumps(meta).encode()}
        with atomic(path) as part:
            pq.write_table(table.replace_schema_metadata(schema), part)

    @classmethod
    def load(cls, path: str | Path) -> Manifest:
        """Reads a manifest.

        Raises:
            ManifestError: Not a manifest, or its rows are not those it was saved with.
            FileNotFoundError: No such file.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            table = pq.read_table(path)
        except (pa.ArrowException, OSError) as error:
            if isinstance(error, FileNotFoundError):
                raise
            raise ManifestError([f"{path} must be a Parquet file: {error}"]) from error
        text = (table.schema.metadata or {}).get(_META_KEY)
        if text is None:
            raise ManifestError([f"{path} must be a manifest written by kpoc"])
        try:
            meta = parse_json(text, "its meta")
            validate(Meta, meta, "its meta")
        except SchemaError as error:
            raise ManifestError([f"{path}: {p}" for p in error.problems]) from error
        try:
            manifest = cls(table.to_pandas(), meta)
            lacking = list(manifest._missing_columns(manifest.columns))
            digest = None if lacking else manifest.digest
        except Exception as error:
            # what the file says to pandas, or what a cell holds, may be anything
            raise ManifestError(
                [f"{path} must be a manifest written by kpoc. Received: {error!r}"]
            ) from error
        if lacking:
            raise ManifestError([f"{path}: {problem}" for problem in lacking])
        if digest != meta["digest"]:
            raise ManifestError(
                [
                    f"{path} must hold the rows of digest {meta['digest']}. "
                    f"Received: rows of digest {digest}"
                ]
            )
        # what was made before this was noted has none
        files = manifest.meta.pop("files_digest", None)
        if files is not None and manifest.files_digest != files:
            raise ManifestError(
                [
                    f"{path} must name the files of digest {files}. "
                    f"Received: paths and hashes of digest {manifest.files_digest}"
                ]
            )
        return manifest

    def _is_of(self, split: str) -> pd.Series:
        if split not in SPLITS:
            raise ValueError(f"`split` must be one of {SPLITS}. Received: {split!r}")
        return self.table["split"] == split

    def _missing_columns(self, names: Iterable[str]) -> Iterator[str]:
        for name in dict.fromkeys([*FIXED_COLUMNS, *names]):
            if name not in self.table:
                found = ", ".join(self.table.columns)
                yield f"there must be a column `{name}`. Received: columns {found}"
