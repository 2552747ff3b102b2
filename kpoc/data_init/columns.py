"""What kind of column this is: a class, a number, or something to leave alone."""

from __future__ import annotations

import re
import reprlib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from kpoc.data_init.odd_cells import cut_values, may_be_thousands, several_labels
from kpoc.data_init.split_words import splits_of
from kpoc.data_init.words import (
    is_identifier,
    is_label,
    is_label_code,
    is_whose,
    speaks_of_classes,
)
from kpoc.pictures.paths import is_image_name
from kpoc.sources.tables import to_numbers

if TYPE_CHECKING:
    import pandas as pd

CLASS, NUMBER, SPLIT, WHOSE = "class", "number", "split", "whose"
FEW_WHOLE_NUMBERS = 10
"""Up to so many different whole numbers are taken for codes of classes."""
MOST_CLASSES = 200
ROWS_A_CLASS = 5
"""A column with more different texts, or fewer rows for each, is no class."""
_LEAST_OWNERS = 20
_MOSTLY = 0.9
_FEW_WORDS = 3
_SHOWN = 5
_DATE = re.compile(r"\d{4}[-/.]\d\d?[-/.]\d\d?([ T].*)?|\d\d?[-/.]\d\d?[-/.]\d{2,4}")
_WITH_UNIT = re.compile(r"[+-]?\d[\d.,]*\s*[^\d\s.,]{1,5}")
_ZEROS_IN_FRONT = re.compile(r"0\d+")


@dataclass(frozen=True)
class ColumnLook:
    """What was seen of a column.

    Attributes:
        name: Its name in the table.
        kind: `class`, `number`, `split` (says which split a row belongs to), `whose`
            (says whom or what the image shows), or None: not to be used.
        why: What led to that, in words for the user.
        values: Number of different values.
        missing: Number of rows without one.
        no_value: Further texts that mean that there is no value.
        notes: What the user should hear about if it is used.
    """

    name: str
    kind: str | None
    why: str
    values: int
    missing: int
    no_value: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Seen:
    """A column's texts, those without a value left out."""

    name: str
    texts: pd.Series
    decimal: str

    @cached_property
    def distinct(self) -> list[str]:
        return list(dict.fromkeys(self.texts))

    @property
    def rows(self) -> int:
        return len(self.texts)

    @cached_property
    def numbers(self) -> np.ndarray:
        return to_numbers(self.texts, self.decimal)

    def share(self, fits: Callable[[str], object]) -> float:
        return sum(bool(fits(text)) for text in self.texts) / self.rows


class Taken(NamedTuple):
    """What a rule takes a column for; as the attributes of `ColumnLook`."""

    kind: str | None
    why: str
    no_value: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


Guess = Taken | None


def _one_value(seen: _Seen) -> Guess:
    if len(seen.distinct) == 1:
        return Taken(None, f"says {reprlib.repr(seen.distinct[0])} in every row")
    return None


def _split(seen: _Seen) -> Guess:
    named = set(splits_of(seen.distinct).values())
    if "train" in named and len(named) > 1:
        return Taken(SPLIT, "says which split a row belongs to")
    return None


def _image(seen: _Seen) -> Guess:
    if seen.share(is_image_name) > _MOSTLY:
        return Taken(None, "names of images")
    return None


def _owner(seen: _Seen) -> Guess:
    values = len(seen.distinct)
    if is_whose(seen.name) and _LEAST_OWNERS <= values < seen.rows:
        return Taken(WHOSE, f"{values:,} whose images must stay in one split")
    return None


def _identifier(seen: _Seen) -> Guess:
    values = seen.distinct
    every = len(values) == seen.rows
    consecutive = every and np.all(np.abs(np.diff(seen.numbers)) == 1)
    named = is_identifier(seen.name) and not is_label_code(seen.name)
    if consecutive or (named and len(values) > FEW_WHOLE_NUMBERS):
        return Taken(None, "an identifier: it tells rows apart")
    return None


def _number(seen: _Seen) -> Guess:
    numbers, values = seen.numbers, seen.distinct
    fits = np.isfinite(numbers)
    others = tuple(dict.fromkeys(seen.texts[~fits]))
    cut = cut_values(others)
    words = [text for text in others if text not in cut]
    telling = fits | seen.texts.isin(cut).to_numpy()
    thousands = may_be_thousands(values, seen.decimal)
    if telling.mean() < _MOSTLY or len(words) > _FEW_WORDS:
        return None
    if any(map(_ZEROS_IN_FRONT.fullmatch, values)):
        return None
    if thousands:
        example = next(text for text in values if seen.decimal in text)
        return Taken(
            None,
            f"{example!r} may be a thousand and more, or a fraction: write numbers "
            f"without signs between thousands, or say --kind {seen.name}=number if "
            "they are fractions",
        )
    if fits.mean() < _MOSTLY or len(cut) > FEW_WHOLE_NUMBERS:
        if not fits.any():
            return None
        return Taken(
            None,
            f"numbers, but {int(seen.texts.isin(cut).sum()):,} rows say such as "
            f"{cut[0]!r}, which is no number: write one instead (--kind "
            f"{seen.name}=number leaves those rows out)",
            others,
        )
    whole = not (numbers[fits] % 1).any()
    different = len(set(numbers[fits]))
    if different == 2 or (whole and different <= FEW_WHOLE_NUMBERS):
        return _codes(seen, different, others)
    if whole and _stand_for_classes(seen, numbers[fits]):
        taken = _codes(seen, different, others)
        change = f" (--kind {seen.name}=number for a number)"
        return taken and taken._replace(why=taken.why + change)
    low, high = numbers[fits].min(), numbers[fits].max()
    why = f"{low:g} to {high:g}"
    if words:
        why += f"; {', '.join(map(repr, words))} taken for no value"
    if whole and (is_label(seen.name) or is_label_code(seen.name)):
        why += f" (--kind {seen.name}=class for classes)"
    notes = [_cut_note(seen, cut)] if cut else []
    if thousands is None:
        example = next(text for text in values if seen.decimal in text)
        notes.append(
            f"`{seen.name}`: {example!r} is read as a number below a thousand; if the "
            f"{seen.decimal!r} stands between thousands, write the table without it"
        )
    return Taken(NUMBER, why, others, tuple(notes))


def _stand_for_classes(seen: _Seen, numbers: np.ndarray) -> bool:
    """Whether whole numbers in a column called label, class or the like are codes.

    What is called target may be any number: its codes begin at 0 or 1, without gaps.
    """
    different = np.unique(numbers)
    low, high = different.min(), different.max()
    if low < 0 or len(different) > min(MOST_CLASSES, seen.rows / ROWS_A_CLASS):
        return False
    gapless = low in (0, 1) and high - low + 1 == len(different)
    return speaks_of_classes(seen.name) or (is_label(seen.name) and gapless)


def _cut_note(seen: _Seen, cut: list[str]) -> str:
    counts = seen.texts[seen.texts.isin(cut)].value_counts()
    shown = ", ".join(f"{text!r} ({n:,} rows)" for text, n in counts.items())
    return (
        f"`{seen.name}`: {shown} is no number: these rows are left out, of the test "
        "too, though they say more than that there is no value, such as which are the "
        "largest or smallest. Write numbers instead to keep them"
    )


def _codes(seen: _Seen, different: int, others: tuple[str, ...]) -> Guess:
    """A few different numbers; by their texts, if there are `others` among them."""
    written = [text for text in seen.distinct if text not in others]
    if len(written) > different:
        listed = ", ".join(map(repr, written[:_SHOWN]))
        return Taken(None, f"the same number is written in several ways: {listed}")
    if others:
        return None
    return Taken(CLASS, f"{different} different numbers, taken for codes of classes")


def _no_class(seen: _Seen) -> Guess:
    for pattern, what in (
        (_DATE, "dates"),
        (_WITH_UNIT, "numbers with their unit in the same column"),
    ):
        if len(seen.distinct) > FEW_WHOLE_NUMBERS and (
            seen.share(pattern.fullmatch) > _MOSTLY
        ):
            return Taken(None, f"{what}, such as {seen.distinct[0]!r}")
    return None


def _several_labels(seen: _Seen) -> Guess:
    found = several_labels(seen.distinct)
    if found is None:
        return None
    example, labels = found
    return Taken(
        None,
        f"several labels in a cell, such as {example!r}: {len(labels)} labels in "
        f"{len(seen.distinct):,} combinations. Make a column of each label (yes, no), "
        f"or say --kind {seen.name}=class for a class of each combination",
    )


def _classes(seen: _Seen) -> Guess:
    values = len(seen.distinct)
    if values <= min(MOST_CLASSES, max(2, seen.rows / ROWS_A_CLASS)):
        return Taken(CLASS, f"{values} classes")
    return Taken(None, f"{values:,} different texts in {seen.rows:,} rows")


_RULES = (
    _one_value,
    _split,
    _image,
    _owner,
    _identifier,
    _number,
    _no_class,
    _several_labels,
    _classes,
)
"""The first rule that says something decides."""


def look_at_column(
    name: str,
    texts: pd.Series,
    no_value: Collection[str],
    decimal: str = ".",
    asked: str | None = None,
) -> ColumnLook:
    """Looks at a column of a table.

    Args:
        name: Its name.
        texts: Its values as text.
        no_value: The texts that say that there is no value.
        decimal: The decimal sign of numbers.
        asked: `class` or `number`, if the user says so.

    Example:
        >>> import pandas as pd
        >>> ages = pd.Series([str(age) for age in range(1, 80)] * 2)
        >>> look_at_column("age", ages, [""]).why
        '1 to 79'
    """
    present = texts[~texts.isin(list(no_value))]
    missing = len(texts) - len(present)
    if present.empty:
        return ColumnLook(name, None, "is empty", 0, missing)
    seen = _Seen(name, present, decimal)
    taken = next(guess for rule in _RULES if (guess := rule(seen)))
    if asked not in (None, taken.kind):
        others = taken.no_value if asked == NUMBER else ()
        notes = (_cut_note(seen, cut),) if (cut := cut_values(others)) else ()
        taken = Taken(asked, f"{len(seen.distinct):,} values", others, notes)
    missing += int(present.isin(taken.no_value).sum())
    values = len(seen.distinct)
    return ColumnLook(
        name, taken.kind, taken.why, values, missing, taken.no_value, taken.notes
    )
