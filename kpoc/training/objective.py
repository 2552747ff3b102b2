"""What an objective is: what a training learns, of which rows, and what it leaves.

An objective is a schema (its parameters, in a recipe's `objective`) with the methods
below, in a file of its own in `kpoc/training/objectives/`. Everything else of a
training, the loop over epochs, checkpoints, records and devices, is the same for all.
What an objective must remember from step to step (a teacher, a centre, weights of
groups) is weights of the model that it trains, so that checkpoints hold it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras

from kpoc.ground.registry import Registry
from kpoc.ground.schema import Strict, validate

if TYPE_CHECKING:
    from kpoc.batches.rows import Rows
    from kpoc.recipe import Recipe
    from kpoc.training.plan import Plan


@dataclass(frozen=True)
class Needs:
    """What batches carry beside the images.

    Attributes:
        labels: Whether they carry the labels of the targets.
        groups: Class columns of the manifest whose codes they carry.
        row_numbers: Whether they carry the numbers of the rows within their split.
    """

    labels: bool = True
    groups: tuple[str, ...] = ()
    row_numbers: bool = False


@dataclass(frozen=True)
class Prepared:
    """A model in the forms that a training needs, and the rows for them.

    Attributes:
        trained: What is fitted.
        whole: The model that this is, or is a part of; its weights are kept.
        rows: The rows by split, with what `trained` takes.
        features_seconds: Of features computed once; None without any.
    """

    trained: keras.Model
    whole: keras.Model
    rows: dict[str, Rows]
    features_seconds: float | None = None


class Objective(Strict):
    """Base of all objectives; the fields of a subclass are its parameters."""

    def needs(self, recipe: Recipe) -> Needs:
        """What the batches must carry."""
        raise NotImplementedError

    def prepare(self, plan: Plan) -> Prepared:
        """Builds the model and loads the rows; random numbers are seeded before."""
        raise NotImplementedError

    def compile(
        self, prepared: Prepared, recipe: Recipe, steps: int, *, xla: bool
    ) -> None:
        """Compiles `prepared.trained` for `steps` steps an epoch."""
        raise NotImplementedError

    def batches(self, rows: Rows, recipe: Recipe) -> Callable[[int], Any]:
        """From a step, counted from 0 over all epochs, the training's batches on."""
        raise NotImplementedError

    def validation(self, rows: Rows, recipe: Recipe) -> Any:
        """Batches to validate on after each epoch; None for an objective without."""
        raise NotImplementedError

    def kept_epoch(self, recipe: Recipe) -> tuple[str, str]:
        """The log by which the epoch is chosen that is kept, and `min` or `max`."""
        raise NotImplementedError

    def leave(self, plan: Plan, prepared: Prepared) -> Mapping[str, object]:
        """Writes what a finished training leaves in its run; gives what that cost."""
        raise NotImplementedError


OBJECTIVES: Registry[type[Objective]] = Registry(
    "objective", "kpoc.training.objectives"
)
register_objective = OBJECTIVES.register


def objective_of(recipe: Recipe) -> Objective:
    """The objective of a recipe.

    Raises:
        SchemaError: No such objective, or parameters that it does not take.
    """
    asked = recipe.objective
    return validate(OBJECTIVES.get(asked.name), asked.params, "`objective`")
