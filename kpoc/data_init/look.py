"""What is known of somebody's images once a folder or a table has been looked at."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from kpoc.sources.source import Listing

BAND = "_band"
"""What a number's name is followed by in that of its bands; reports know it."""


@dataclass
class Look:
    """What was understood.

    Attributes:
        place: What was looked at, as the user called it.
        root: The folder of the images.
        source: The source with its parameters, as a protocol declares it.
        listing: What the source gives.
        targets: Columns to predict, with `class` or `number`.
        groups: Columns to break results down by, with `class` or `number`.
        split_column: The column that says the splits, if there is one.
        splits: What its values stand for; "" for values that stand for no split.
        together: The column of persons or things whose images must stay in one split.
        taken: (column, what for) of what is used.
        not_taken: (column, reason) of what was left alone.
        remarks: Findings that the user should hear about.
    """

    place: str
    root: Path
    source: dict[str, object]
    listing: Listing
    targets: dict[str, str]
    groups: dict[str, str] = field(default_factory=dict)
    split_column: str | None = None
    splits: dict[str, str] = field(default_factory=dict)
    together: str | None = None
    taken: list[tuple[str, str]] = field(default_factory=list)
    not_taken: list[tuple[str, str]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def settle_splits(splits: dict[str, str]) -> tuple[dict[str, str], str | None]:
    """What a data set's own splits stand for here, where three are needed.

    Without a test, what it calls validation is what its users report on: that is the
    test, and validation is drawn from the train rows.

    Returns:
        The splits, and a sentence if they are not as the words say.
    """
    if not {"validation"} <= set(splits.values()) or "test" in splits.values():
        return splits, None
    moved = {v: "test" if s == "validation" else s for v, s in splits.items()}
    names = ", ".join(value for value, split in splits.items() if split == "validation")
    return moved, (
        f"there is no test: {names} is taken for it, and validation is drawn from train"
    )
