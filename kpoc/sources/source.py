"""What a source is: a dataset that lists its images with their labels.

A source is a schema (its parameters) with `read`, in a file of its own in
`kpoc/sources/kinds/`, registered under the name that protocols use.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from kpoc.ground.errors import UserError
from kpoc.ground.registry import Registry
from kpoc.ground.schema import Strict

if TYPE_CHECKING:
    import pandas as pd


FIXED_COLUMNS = ("id", "path", "split", "stratum", "sha256")


class SourceError(UserError, ValueError):
    """A source's data is not where it should be, or not what it should be."""


@dataclass(frozen=True)
class Listing:
    """What a source gives.

    Attributes:
        frame: One row an image: `id` (stable: path relative to the dataset's own
            folder), `path` (relative to `root`), `sha256`, then label columns:
            float64 for numbers, class names as text.
        root: The folder that the paths are relative to.
        reported: (name, reason) of files that are not among the rows.
    """

    frame: pd.DataFrame
    root: Path
    reported: list[tuple[str, str]] = field(default_factory=list)


def check_label_names(names: Iterable[str]) -> None:
    """Checks names that users give to label columns.

    Raises:
        ValueError: A name is that of a manifest's own column, empty, or holds a dot,
            which would split `primary: target.metric` at the wrong place.
    """
    wrong = [name for name in names if name in FIXED_COLUMNS or "." in name or not name]
    if wrong:
        raise ValueError(
            "the name of a label must hold no dot and be none of "
            f"{', '.join(FIXED_COLUMNS)}. Received: {wrong}"
        )


class Source(Strict):
    """Base of all sources; the fields of a subclass are its parameters.

    Attributes:
        synthetic: Whether the images are made by code.
        needs_root: Whether the user must say where the data lies.
        citation: What to cite.
        licence: Under what terms the images may be used.
        overlap: What pre-trained weights have probably seen of the images; "" where
            nothing is known of it.
    """

    synthetic: ClassVar[bool] = False
    needs_root: ClassVar[bool] = True
    citation: ClassVar[str]
    licence: ClassVar[str]
    overlap: ClassVar[str] = ""

    def read(self, root: Path | None, cache: Path) -> Listing:
        """Lists the images.

        Args:
            root: Where the user says that the data lies; None if nowhere.
            cache: Folder for what is made once.

        Raises:
            SourceError: The data is not there, or not as it should be.
        """
        raise NotImplementedError


SOURCES: Registry[type[Source]] = Registry("source", "kpoc.sources.kinds")
register_source = SOURCES.register
