"""Whether folders inside of classes, or names of files, tell whom an image shows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from kpoc.data_init.choose import NONE
from kpoc.data_init.plan import LEAST_OWNERS, LEAST_ROWS
from kpoc.sources.kinds.folder import Folder, Placed
from kpoc.sources.source import SourceError

if TYPE_CHECKING:
    import pandas as pd

KINDS = ("subfolder", "stem", "series")
_SHARES = {"subfolder": 0.0, "stem": 0.01, "series": 0.5}
"""The share of the images that must have others beside them, by what tells it."""
_MOST_VARIANTS = 10
_SHOWN = 3
_NUMBER = re.compile(r"\d{1,4}\.")
_WHAT = {
    "subfolder": "the folders inside of the classes",
    "stem": "file names that differ only in a word or hash of augmentation or export",
    "series": "file names that agree up to their last number",
}


@dataclass
class Subjects:
    """What tells whom an image shows.

    Attributes:
        parameters: Those of the source; none if nothing tells it.
        remarks: What the user should hear about.
    """

    parameters: dict[str, object] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)


def find_subjects(placed: Sequence[Placed], asked: str | None) -> Subjects:
    """Finds it: a subfolder, the series of a name, or its stem.

    It is proposed where classes have several of them, and images share one. Some of
    their images in training and others in the test would flatter every model.

    Args:
        placed: Where each image lies.
        asked: One of `KINDS`, or "none", if the user says so.

    Raises:
        SourceError: There are no folders, while they should tell it.
    """
    found = Subjects()
    if asked == NONE:
        return found
    depth, variants = _depth(placed)
    if len(variants) > 1:
        found.remarks.append(
            f"the same folders lie in all places: {', '.join(sorted(variants))}. "
            "Images of all of them count alike; move away what should not. If these "
            "are the classes, put one folder for each of them at the top"
        )
    if asked:
        if asked == "subfolder" and not any(each.below for each in placed):
            raise SourceError(
                f"--together {asked} must have folders inside of the classes. "
                "Received: none there"
            )
        found.parameters = _look(placed, asked, max(depth, 1), False).parameters
        return found
    subfolder, stem, series = (
        _look(placed, kind, depth, bool(variants)) for kind in KINDS
    )
    best = None
    if _suits(subfolder, found):
        best = subfolder
    elif _suits(series, found) and series.number < stem.number:
        best = series
    elif _suits(stem, found):
        best = stem
    if best:
        found.parameters = best.parameters
        found.remarks.append(best.proposal)
    return found


@dataclass(frozen=True)
class _Seen:
    """What one kind tells.

    Attributes:
        parameters: Those of the source.
        values: `label`, `subject` and `home`, the folder within which images that have
            the same subject say that it is one, of each image that has a subject.
    """

    parameters: dict[str, object]
    values: pd.DataFrame

    @property
    def kind(self) -> str:
        return self.parameters["subject"]

    @cached_property
    def several(self) -> pd.Series:
        """How many images the subjects with several have in one place, most first.

        Names that places only share, such as 1.png in each, say nothing.
        """
        sizes = self.values.groupby(["home", "subject"]).size().droplevel("home")
        return sizes[sizes > 1].sort_values(ascending=False)

    @property
    def number(self) -> int:
        """How many different ones there are."""
        return self.values["subject"].nunique()

    @property
    def shown(self) -> str:
        most = self.several.head(_SHOWN).items()
        return ", ".join(f"{name}: {n} images" for name, n in most)

    @property
    def proposal(self) -> str:
        return (
            f"images stay together in one split by {_WHAT[self.kind]} "
            f"({self.number:,} different ones, such as {self.shown}), as those of one "
            "person, thing or video: else the test has seen what they show. If they "
            f"have no such thing in common, take --together {NONE}"
        )


def _look(placed: Sequence[Placed], kind: str, depth: int, variants: bool) -> _Seen:
    import pandas as pd

    parameters: dict[str, object] = {"subject": kind}
    if kind == "subfolder" and depth > 1:
        parameters["subject_depth"] = depth
    source = Folder(**parameters)
    homes = [
        "/".join([each.split, each.label, *_apart(each, kind, variants)])
        for each in placed
    ]
    subjects = [
        "" if kind == "subfolder" and not depth else source.subject_of(each)
        for each in placed
    ]
    labels = [each.label for each in placed]
    values = pd.DataFrame({"label": labels, "home": homes, "subject": subjects})
    return _Seen(parameters, values[values["subject"] != ""])


def _apart(each: Placed, kind: str, variants: bool) -> Sequence[str]:
    """The folders in which the same subject would be another one's."""
    # 7.png in each of several folders is only the seventh image there
    joined = variants and not _NUMBER.match(each.name)
    return () if kind == "subfolder" or joined else each.below


def _suits(seen: _Seen, found: Subjects) -> bool:
    """Whether images can be kept together by it, and there is reason to."""
    values, several = seen.values, seen.several
    if several.empty or several.sum() <= _SHARES[seen.kind] * len(values):
        return False
    rows = values["label"].value_counts()
    owners = values.groupby("label")["subject"].nunique()[rows >= LEAST_ROWS]
    few = owners[owners < LEAST_OWNERS]
    if few.empty:
        return True
    # one for a whole class tells nothing but the class
    if few.min() > 1 or (seen.kind == "subfolder" and owners.max() > 1):
        listed = ", ".join(f"{name} has {n}" for name, n in few.head(_SHOWN).items())
        found.remarks.append(
            f"{_WHAT[seen.kind]} ({seen.shown}) may be persons, things or videos; but "
            f"with fewer than {LEAST_OWNERS} of them a class cannot be divided by them "
            f"({listed}), so their images are torn apart: if those are alike, the test "
            f"flatters. --together {seen.kind} keeps them together, without these "
            "classes"
        )
    return False


def _depth(placed: Sequence[Placed]) -> tuple[int, set[str]]:
    """How many folders inside of a class tell it, 0 if none; and those that do not.

    The latter have the same few names in all places, as magnifications do.
    """
    variants: set[str] = set()
    depths = {len(each.below) for each in placed} - {0}
    depth = min(depths, default=0)
    while depth:
        names, parents, pairs = set(), set(), set()
        for each in placed:
            if len(each.below) >= depth:
                parent = (each.label, *each.below[: depth - 1])
                name = each.below[depth - 1]
                names.add(name)
                parents.add(parent)
                pairs.add((parent, name))
        most = LEAST_OWNERS if depth == 1 else min(_MOST_VARIANTS, len(parents))
        everywhere = len(pairs) > len(names) * len(parents) / 2
        if len(parents) < 2 or len(names) >= most or not everywhere:
            break
        variants |= names
        depth -= 1
    return depth, variants
