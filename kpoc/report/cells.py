"""Cells of the page's tables: a number, its text, and where it comes from.

Each cell carries the key under which its number stands in the comparison, so
that the page can be checked against the JSON.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass

from kpoc.report import numbers

_NO_INTERVAL = "no interval was computed here"
_NO_ESTIMATE = "not defined on these rows"


@dataclass(frozen=True)
class Cell:
    """One number on the page.

    Attributes:
        key: Path of the number, slashes between the parts.
        value: The number as the comparison has it, None where it has none.
        text: What people read.
        reason: Why there is no number; empty where there is one.
    """

    key: str
    value: float | None
    text: str
    reason: str = ""

    @property
    def data(self) -> str:
        """The value as JSON."""
        return json.dumps(self.value)


@dataclass(frozen=True)
class Estimate:
    """A number and its interval."""

    value: Cell
    low: Cell
    high: Cell

    @property
    def has_interval(self) -> bool:
        """Whether both ends are known."""
        return self.low.value is not None and self.high.value is not None


def make_key(*parts: object) -> str:
    """Join the parts of a key; slashes inside a part become hyphens."""
    return "/".join(str(part).replace("/", "-") for part in parts)


def make_cell(
    parts: tuple,
    value: object,
    write: Callable[[float], str],
    reason: str = _NO_ESTIMATE,
) -> Cell:
    """Make a cell; what is not a finite number becomes `n/a` with a reason."""
    if numbers.is_number(value):
        return Cell(make_key(*parts), value, write(value))
    return Cell(make_key(*parts), None, numbers.NOT_AVAILABLE, reason)


def row_key(table: str, row: dict) -> tuple:
    """The parts of the key of a row of `scores` or `differences`."""
    return (
        table,
        row["target"],
        row["metric"],
        row["group"],
        row["level"],
        row["side"],
    )


def score(row: dict | None, decimals: int) -> Estimate | None:
    """Make the cells of a row of `scores`; None where there is no row."""
    if row is None:
        return None
    reason = "no test rows" if row.get("n") == 0 else _NO_ESTIMATE
    parts = row_key("scores", row)
    return estimate(parts, row, "estimate", decimals, reason=reason)


def difference(row: dict | None, decimals: int) -> Estimate | None:
    """Make the cells of a row of `differences`; None where there is no row."""
    if row is None:
        return None
    return estimate(row_key("differences", row), row, "difference", decimals, True)


def estimate(
    parts: tuple,
    row: dict,
    field: str,
    decimals: int,
    signed: bool = False,
    reason: str = _NO_ESTIMATE,
) -> Estimate:
    """Make the cells of a row's `field` and of its interval.

    Args:
        parts: The parts of the row's key.
        row: A row with `field`, `low` and `high`.
        field: Where the number stands in the row.
        decimals: Digits after the point.
        signed: Put a plus before what is positive.
        reason: Why there is no number, where there is none.
    """

    def write(value: float) -> str:
        return numbers.fixed(value, decimals, signed)

    return Estimate(
        make_cell((*parts, field), row[field], write, reason),
        make_cell((*parts, "low"), row["low"], write, _NO_INTERVAL),
        make_cell((*parts, "high"), row["high"], write, _NO_INTERVAL),
    )
