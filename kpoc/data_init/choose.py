"""What each column of a table is used for: as the user says, else as it suits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kpoc.data_init.columns import (
    CLASS,
    MOST_CLASSES,
    NUMBER,
    ROWS_A_CLASS,
    SPLIT,
    WHOSE,
    ColumnLook,
)
from kpoc.data_init.words import is_label, is_label_code
from kpoc.pictures.paths import Links
from kpoc.sources.source import SourceError

NONE = "none"
"""What is said in place of a column where images need not stay together."""
_MOST_LEVELS = 10


@dataclass(frozen=True)
class Asked:
    """What the user says about a table.

    Attributes:
        images: The folder of the images.
        path: The column of paths.
        targets: Columns to predict.
        groups: Columns to break results down by; None for those that suit.
        together: Column of persons or things whose images must stay in one split, or
            "none".
        kinds: `class` or `number`, for columns that were taken for something else.
        links: Which links to images are followed.
    """

    images: Path | None = None
    path: str | None = None
    targets: Sequence[str] = ()
    groups: Sequence[str] | None = None
    together: str | None = None
    kinds: Mapping[str, str] = field(default_factory=dict)
    links: Links = "inside"

    @property
    def columns(self) -> list[str]:
        """All columns that are named."""
        together = None if self.together == NONE else self.together
        one = [name for name in (self.path, together) if name]
        return [*self.targets, *(self.groups or ()), *self.kinds, *one]


@dataclass(frozen=True)
class Chosen:
    """What the columns are used for; the columns' names in the table.

    Attributes:
        looks: What was seen of each column, paths apart.
        targets: Columns to predict.
        groups: Columns to break results down by.
        split: The column that says the splits.
        together: The column of persons or things that stay in one split.
    """

    looks: Mapping[str, ColumnLook]
    targets: list[str]
    groups: list[str]
    split: str | None
    together: str | None

    @property
    def used(self) -> list[str]:
        """All columns that are used, each once."""
        one = [name for name in (self.split, self.together) if name]
        return list(dict.fromkeys([*self.targets, *self.groups, *one]))


def choose_columns(looks: Mapping[str, ColumnLook], asked: Asked) -> Chosen:
    """Chooses what each column is used for.

    Args:
        looks: What was seen of each column, paths apart.
        asked: What the user says.

    Raises:
        SourceError: A column that was named cannot be used, or it is not said what is
            to be predicted and cannot be told.
    """
    targets = _targets(looks, asked)
    groups = _groups(looks, asked, targets)
    nothing = asked.together == NONE
    if not nothing:
        _require_owners(looks, asked.together, targets)
    taken = {*targets, *groups}

    def first(kind: str) -> str | None:
        found = (n for n, look in looks.items() if look.kind == kind and n not in taken)
        return next(found, None)

    together = None if nothing else asked.together or first(WHOSE)
    return Chosen(looks, targets, groups, first(SPLIT), together)


def _targets(looks: Mapping[str, ColumnLook], asked: Asked) -> list[str]:
    if asked.targets:
        _require_usable(looks, asked.targets, "predicted")
        return list(dict.fromkeys(asked.targets))
    usable = [name for name, look in looks.items() if look.kind in (CLASS, NUMBER)]
    named = [name for name in usable if is_label(name)]
    coded = [name for name in usable if is_label_code(name)]
    spoilt = [name for name in looks if is_label(name) and name not in usable]
    for candidates in (named, coded, [] if spoilt else usable):
        if len(candidates) == 1:
            return candidates
    if not usable:
        seen = "".join(f"\n- {name}: {look.why}" for name, look in looks.items())
        raise SourceError(
            f"a column must hold numbers, or classes: at most {MOST_CLASSES}, with "
            f"{ROWS_A_CLASS} rows each on average (--target COLUMN --kind COLUMN=class "
            f"or COLUMN=number overrules what was seen). Received:{seen or ' none'}"
        )
    choice = "".join(f"\n- {n} ({looks[n].kind}: {looks[n].why})" for n in usable)
    raise SourceError(
        "--target COLUMN ... must say what is to be predicted. Received: none, while "
        f"these could be: {choice}"
        + "".join(f"\nnot `{name}`: {looks[name].why}" for name in spoilt)
    )


def _groups(
    looks: Mapping[str, ColumnLook], asked: Asked, targets: Sequence[str]
) -> list[str]:
    if asked.groups is not None:
        _require_usable(looks, asked.groups, "a group")
        return [name for name in dict.fromkeys(asked.groups) if name not in targets]
    return [
        name
        for name, look in looks.items()
        if look.kind == CLASS
        and look.values <= _MOST_LEVELS
        and name not in (*targets, asked.together)
    ]


def _require_owners(
    looks: Mapping[str, ColumnLook], name: str | None, targets: Sequence[str]
) -> None:
    """Checks the column that --together names."""
    if name is None:
        return
    if name not in looks:
        what = "the paths of the images"
    elif name in targets:
        what = "what is to be predicted"
    elif looks[name].kind == SPLIT:
        what = looks[name].why
    else:
        return
    raise SourceError(
        "--together must name a column of persons or things whose images must stay in "
        f"one split. Received: `{name}`: {what}"
    )


def _require_usable(
    looks: Mapping[str, ColumnLook], names: Sequence[str], use: str
) -> None:
    unusable = [
        f"`{name}`: {looks[name].why if name in looks else 'the paths of the images'}"
        for name in names
        if name not in looks or looks[name].kind not in (CLASS, NUMBER)
    ]
    if unusable:
        raise SourceError(
            f"a column must hold classes or numbers to be {use} (--kind COLUMN=class "
            "or COLUMN=number overrules what was seen). Received: "
            + "; ".join(unusable)
        )
