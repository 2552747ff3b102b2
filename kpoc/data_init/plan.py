"""What is decided on somebody's rows: the steps of a protocol and what they leave."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kpoc.protocols.manifest import Column
from kpoc.protocols.step import STEPS, Context

if TYPE_CHECKING:
    import pandas as pd

LEAST_ROWS = 10
"""A class with fewer images can be neither learnt nor tested."""
LEAST_OWNERS = 5
"""The same for persons or things, where their images stay together."""


@dataclass
class Plan:
    """The steps of a protocol and what they leave.

    Attributes:
        frame: The rows that are left.
        targets: Columns to predict, with `class` or `number`.
        split_column: The column that says the splits, if there is one.
        splits: What its values stand for; "" for values that stand for no split.
        together: The column of persons or things whose images must stay in one split.
        columns: The rules of the target and group columns.
        steps: (step, why): steps as a protocol declares them.
        groups: The columns by which results are shown.
        remarks: Findings that the user should hear about.
        came_with: Rows of each value of the split column, before any step.
    """

    frame: pd.DataFrame
    targets: dict[str, str]
    split_column: str | None = None
    splits: dict[str, str] = field(default_factory=dict)
    together: str | None = None
    columns: dict[str, Column] = field(default_factory=dict)
    steps: list[tuple[dict[str, Any], str]] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    came_with: Counter[str] = field(init=False)

    def __post_init__(self):
        self.came_with = Counter(self.frame[self.split_column] if self.splits else ())

    def add(self, step: dict[str, Any], why: str) -> None:
        """Takes a step and notes what it leaves."""
        parameters = {key: value for key, value in step.items() if key != "name"}
        made = STEPS.get(step["name"])(**parameters)
        context = Context(seed=0, salt=f"{len(self.steps)}", columns=self.columns)
        self.frame = made.apply(self.frame, context).frame
        self.steps.append((step, why))

    @property
    def given(self) -> set[str]:
        """The splits that the data come with."""
        return set(self.splits.values()) - {""}

    def rows_in(self, split: str) -> pd.DataFrame:
        """The rows that the data put into a split."""
        values = [value for value, of in self.splits.items() if of == split]
        return self.frame[self.frame[self.split_column].isin(values)]
