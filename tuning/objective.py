"""What a search seeks: one score, or several in one number."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from kpoc.evaluation import scores
from kpoc.ground.schema import nearest
from kpoc.recipe import Recipe
from tuning.space import Space


@dataclass(frozen=True)
class Goal:
    """One score that is sought.

    Attributes:
        name: A target and one of its metrics, as in a recipe's `primary`.
        better: `higher` or `lower`.
        weight: Its share, beside the other weights.
        worst: The figure that counts as 0.
        best: The figure that counts as 1.
    """

    name: str
    better: str
    weight: float
    worst: float
    best: float

    def share(self, figure: float) -> float:
        """Where a figure lies from worst, 0, to best, 1; beyond them it goes on."""
        return (figure - self.worst) / (self.best - self.worst)


@dataclass(frozen=True)
class Objective:
    """The goals of a search in one number.

    A single goal's number is its figure, as it is. Several goals are each put on a
    scale from 0 (worst) to 1 (best), and their number is the mean of these by weight,

    `sum(w * (figure - worst) / (best - worst)) / sum(w)`,

    so that years and shares can stand beside each other, and more is better.
    """

    goals: tuple[Goal, ...]

    @property
    def direction(self) -> str:
        """`max` or `min`."""
        single = len(self.goals) == 1
        return "min" if single and self.goals[0].better == "lower" else "max"

    @property
    def label(self) -> str:
        """What the number is called."""
        return self.goals[0].name if len(self.goals) == 1 else "weighted score"

    def number(self, figures: Mapping[str, float]) -> float:
        """The number of some figures, by the names of the goals.

        Example:
            >>> mae = Goal("age.mae", "lower", 1.0, worst=20.0, best=0.0)
            >>> accuracy = Goal("kind.accuracy", "higher", 3.0, worst=0.5, best=1.0)
            >>> figures = {"age.mae": 10.0, "kind.accuracy": 0.9}
            >>> round(Objective((mae, accuracy)).number(figures), 3)
            0.725
            >>> Objective((mae,)).number(figures)
            10.0
        """
        if len(self.goals) == 1:
            return figures[self.goals[0].name]
        parts = (goal.weight * goal.share(figures[goal.name]) for goal in self.goals)
        return math.fsum(parts) / math.fsum(goal.weight for goal in self.goals)

    def better(self, one: float, other: float) -> bool:
        """Whether one number is better than another."""
        return one > other if self.direction == "max" else one < other


def make_objective(space: Space, recipe: Recipe) -> tuple[Objective | None, list[str]]:
    """What a space seeks of a recipe.

    Returns:
        The objective, or None and what is wrong with it.
    """
    # it imports Keras
    from kpoc.training.components import logged_metrics

    goals, problems = [], []
    targets = recipe.task.targets
    logged = [f"{t}.{m}" for t in targets for m in logged_metrics(targets[t])]
    known = [f"{t}.{m}" for t in targets for m in targets[t].metrics]
    unseen = {*known} - {*logged}
    problems += [
        f"`objectives` must be scores that training shows. Received: {name!r}"
        for name in space.objectives or [recipe.primary]
        if name in unseen
    ]
    for name, aim in space.objectives.items():
        if name not in known:
            problems.append(
                f"`objectives.{name}` must be one of the recipe's metrics. "
                f"{nearest(name, known)}"
            )
            continue
        worst, best = aim.range or natural_range(recipe, name)
        score = _score(name)
        if not (math.isfinite(worst) and math.isfinite(best)):
            problems.append(
                f"`objectives.{name}` needs its `range`, [worst, best]: it has no "
                "natural one"
            )
        elif (best > worst) != (score.better == "higher"):
            problems.append(
                f"`objectives.{name}.range` must be [worst, best], and {score.better} "
                f"is better. Received: {[worst, best]}"
            )
        goals.append(Goal(name, score.better, aim.weight, worst, best))
    if problems:
        return None, problems
    if not goals:
        ends = natural_range(recipe, recipe.primary)
        goals = [Goal(recipe.primary, _score(recipe.primary).better, 1.0, *ends)]
    return Objective(tuple(goals)), []


def _score(name: str) -> scores.Score:
    return scores.get(name.split(".", 1)[1])


def natural_range(recipe: Recipe, name: str) -> tuple[float, float]:
    """The worst and the best figure of a score.

    An error in the unit of its target is at worst as large as the target's range.

    Example:
        >>> from kpoc.recipe import load_recipe
        >>> natural_range(load_recipe("portraits/baseline"), "age.mae")
        (79.0, 0.0)
    """
    score = _score(name)
    low, high = score.bounds
    if score.in_unit and not math.isfinite(high):
        start, end = recipe.task.targets[name.split(".", 1)[0]].range
        high = float(end - start)
    return (low, high) if score.better == "higher" else (high, low)
