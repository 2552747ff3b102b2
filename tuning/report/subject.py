"""What the page on a search is about."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kpoc.recipe import Recipe
from tuning.folder import Record
from tuning.importance import Importance, importance
from tuning.objective import Objective
from tuning.pareto import pareto_front
from tuning.space import Space

if TYPE_CHECKING:
    from kpoc.evaluation.comparison import Comparison


@dataclass(frozen=True)
class Side:
    """A recipe that is worth a training of its own.

    Attributes:
        recipe: The recipe.
        file: Its file.
        trial: The trial that found it; None if none did.
    """

    recipe: Recipe
    file: Path
    trial: Record | None

    @property
    def name(self) -> str:
        """Its name."""
        return self.recipe.name


@dataclass(frozen=True)
class Retrained(Side):
    """A recipe that was trained with fresh seeds.

    Attributes:
        validation: What it gave on the validation rows, a number a seed.
        test: What it gave on the test rows, a number a seed.
    """

    validation: Sequence[float]
    test: Sequence[float]

    def optimism(self, objective: Objective) -> float | None:
        """How much better the search saw it than fresh seeds on the same rows."""
        if self.trial is None:
            return None
        sign = 1.0 if objective.direction == "max" else -1.0
        return sign * (self.trial.score - statistics.fmean(self.validation))


@dataclass(frozen=True)
class Finished:
    """A search that has come to its end.

    Attributes:
        recipe: What it was around.
        source: The name or path that this recipe was loaded by.
        space: What varied.
        objective: What it sought.
        method: How trials were chosen.
        definition: The settings that identify it.
        records: All trials.
        ranked: Those that came to their end, the best first.
        sides: The recipe itself and the best others.
        retrained: What these gave with fresh seeds.
        comparison: Of these on the test rows.
        folder: Where the search is kept.
        command: The command that made this page.
        created: When it was made.
        version: kpoc's.
    """

    recipe: Recipe
    source: str
    space: Space
    objective: Objective
    method: str
    definition: dict[str, Any]
    records: Sequence[Record]
    ranked: Sequence[Record]
    sides: Sequence[Side]
    retrained: Sequence[Retrained] = ()
    comparison: Comparison | None = None
    folder: Path = Path()
    command: str = ""
    created: str = ""
    version: str = ""

    @property
    def complete(self) -> list[Record]:
        """The trials that came to their end, in the order they were made."""
        return [one for one in self.records if one.is_complete]

    @cached_property
    def front(self) -> list[Record]:
        """The trials that no other one beats in every goal."""
        return pareto_front(self.ranked, self.objective.goals)

    @cached_property
    def importance(self) -> Importance | None:
        """What mattered."""
        return importance(self.complete, self.space)

    @property
    def seconds(self) -> float:
        """What all trials took."""
        return math.fsum(one.seconds for one in self.records)

    @property
    def compile_seconds(self) -> float:
        """What of it was compilation."""
        return math.fsum(one.cost.get("compile_seconds", 0.0) for one in self.records)

    @property
    def trials_per_hour(self) -> tuple[float, float]:
        """As it was, and had nothing had to be compiled."""
        return tuple(
            3600 * len(self.records) / seconds if seconds > 0 else math.nan
            for seconds in (self.seconds, self.seconds - self.compile_seconds)
        )

    def __str__(self) -> str:
        if self.comparison:
            lines = [str(self.comparison), "", f"comparison: {self.comparison.page}"]
        else:
            lines = ["nothing was trained anew, so there are no results"]
        files = [f"recipe: {side.file}" for side in self.sides[1:]]
        page = f"page of the search: {self.folder / 'index.html'}"
        return "\n".join([*lines, *files, page])
