"""The run that a training goes on from: planned, or there already."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from kpoc.ground.errors import UserError
from kpoc.recipe import Recipe, load_recipe
from kpoc.runs.find import key_of
from kpoc.runs.run import Run, RunError

if TYPE_CHECKING:
    from kpoc.training.plan import Plan


class StartError(UserError, ValueError):
    """A start that a training cannot go on from."""


class Circle(StartError):
    """Recipes that start from one another."""


def start_of(
    recipe: Recipe,
    plan: Callable[[Recipe, tuple[str, ...]], Plan],
    led_here: tuple[str, ...],
) -> Plan | Run | None:
    """What a recipe's `start` stands for.

    Args:
        recipe: The recipe.
        plan: Plans the training of a start's recipe, told what led to it.
        led_here: What names the recipes that start from this one, the last first.

    Returns:
        A plan, whose run may be finished; a finished run; None without a start.

    Raises:
        Circle: A recipe starts from itself, over others or not.
        StartError: What is started from does not fit, see `require_fitting`.
        RunError: `start.run` is no finished run, or has no model.
    """
    start = recipe.start
    if start is None:
        return None
    if start.run is not None:
        run = Run(start.run)
        if not run.is_finished:
            raise RunError(
                "`start.run` must be the directory of a finished run. Received: "
                f"{start.run}, status {run.info.get('status', 'none: not a run')}"
            )
        if lacks := run.missing("predicting"):
            raise RunError(
                "`start.run` must be a run with a model. Received: "
                f"{start.run}, without {' and '.join(lacks)}"
            )
        require_fitting(recipe, run.recipe)
        return run
    seed = recipe.seed if start.seed is None else start.seed
    before = load_recipe(start.recipe, {"seed": seed})
    chain = (*led_here, recipe.name)
    if before.name in chain:
        raise Circle(
            "`start` goes round in a circle: " + " > ".join((*chain, before.name))
        )
    require_fitting(recipe, before)
    return plan(before, chain)


def require_fitting(recipe: Recipe, before: Recipe) -> None:
    """Checks what recipes alone say of whether one can go on from the other.

    Args:
        recipe: A recipe with a `start`.
        before: The recipe that its start was, or will be, trained by.

    Raises:
        StartError: Another backbone; or, where all is taken, other targets or another
            dense layer. Lists what differs.
    """
    asked, found = recipe.model, before.model
    problems = []
    if asked.backbone != found.backbone:
        problems.append(f"the backbone {found.backbone}, here {asked.backbone}")
    if recipe.start.take == "all":
        theirs, ours = _learnt(before), _learnt(recipe)
        problems += [
            f"for the target {name} {theirs.get(name, 'nothing')}, here "
            f"{ours.get(name, 'nothing')}"
            for name in dict.fromkeys([*theirs, *ours])
            if theirs.get(name) != ours.get(name)
        ]
        if asked.dense_units != found.dense_units:
            problems.append(
                f"dense_units {found.dense_units}, here {asked.dense_units}"
            )
    if problems:
        raise StartError(
            f"`start` with `take: {recipe.start.take}` must be a training of the same "
            f"{_SHARED[recipe.start.take]}. Received: {before.name} has "
            + "; ".join(problems)
        )


_SHARED = {"encoder": "backbone", "all": "backbone, dense layer and targets"}


def _learnt(recipe: Recipe) -> dict[str, str]:
    """What heads are of, by target."""
    return {
        name: f"{target.kind} {target.classes}"
        if target.classes
        else f"{target.kind} {target.range}, {target.transform}"
        for name, target in recipe.task.targets.items()
    }


def fact_of(start: Plan | Run | None) -> list[str]:
    """What of a start belongs to the key of the run that goes on from it."""
    if start is None:
        return []
    if isinstance(start, Run):
        key, seed = key_of(start), start.info["seed"]
        if key is None:
            raise RunError(
                "`start.run` must say what it was trained from. Received: "
                f"{start.path}, whose run.json or recipe.yaml cannot be read"
            )
    else:
        key, seed = start.key, start.recipe.seed
    return [f"start {key}-seed{seed}"]


def run_of(start: Plan | Run) -> Run:
    """The run of a start."""
    return start if isinstance(start, Run) else start.run


def chain_of(plan: Plan) -> Iterator[Plan]:
    """The plans that a training needs, each after what it starts from, itself last."""
    if plan.start is not None and not isinstance(plan.start, Run):
        yield from chain_of(plan.start)
    yield plan


def lineage(start: Plan | Run) -> list[Mapping[str, object]]:
    """What `run.json` says of the runs that one came from, the nearest first.

    Their costs are in it, since a run may be moved to where they are not.
    """
    run = run_of(start)
    info = run.info
    own = {
        "recipe": info["recipe"],
        "seed": info["seed"],
        "key": key_of(run),
        "path": Path(run.path).as_posix(),
        "data": info["data"]["digest"],
        "cost": info["cost"],
    }
    return [own, *run.parents]
