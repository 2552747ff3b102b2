"""A search from its beginning to its page."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kpoc.ground.errors import UserError
from kpoc.ground.schema import SchemaError, problems_error
from kpoc.recipe import Recipe, load_recipe
from kpoc.training.plan import Plan, make_plan
from tuning.checking import budget_problems, count_problems, space_problems
from tuning.compilation import cache_environment
from tuning.display import Display
from tuning.folder import FORMAT, Folder, Record
from tuning.objective import Objective, make_objective
from tuning.recipes import levels_of
from tuning.space import Space, find_space, load_space
from tuning.worker import Worker

if TYPE_CHECKING:
    from tuning.oracle import Resumable, Settings

JOB = "tuning.training:train_trial"


class NothingFound(UserError, RuntimeError):
    """No trial of a search came to its end."""


@dataclass(frozen=True)
class Prepared:
    """A search that has been checked.

    Attributes:
        recipe: What it is around.
        source: The name or path that this recipe was loaded by.
        space: What varies.
        objective: What it seeks.
        settings: What its oracle is told.
        method: The name of its oracle.
        definition: What must be the same for the search to be gone on with.
        folder: Where it is kept.
    """

    recipe: Recipe
    source: str
    space: Space
    objective: Objective
    settings: Settings
    method: str
    definition: dict[str, Any]
    folder: Folder


def prepare(
    recipe: str,
    *,
    space: str | None = None,
    overrides: Mapping[str, object] | None = None,
    method: str = "bayesian",
    trials: int = 20,
    initial: int = 5,
    seed: int = 0,
    data: str | Path | None = None,
    out: str | Path = "searches",
    wrong: Sequence[str] = (),
) -> Prepared:
    """Checks a search before its first trial.

    Args:
        recipe: Name or path of the recipe that it is around.
        space: Name or path of its space; by default the one beside the recipe.
        overrides: Values by dotted key of the recipe.
        method: `bayesian`, `random` or `hyperband`.
        trials: How many trials there are at most.
        initial: Of the Bayesian search, the trials that are drawn at random.
        seed: Of what is drawn.
        data: Where the images lie; by default `$KPOC_DATA`.
        out: The folder of searches.
        wrong: Problems that are known already.

    Raises:
        SchemaError: Lists everything that is wrong.
        ValueError: Recipe or data cannot be used.
    """
    # it imports Keras
    from kpoc.training.recipe_checks import recipe_problems
    from tuning.oracle import METHODS, Settings

    resolved = load_recipe(recipe, overrides)
    problems = [*wrong, *recipe_problems(resolved)]
    oracle = None
    try:
        oracle = METHODS.get(method)
    except SchemaError as error:
        problems.append(str(error))
    guided = oracle is not None and oracle.GUIDED
    problems += count_problems(trials, initial if guided else None, seed)
    read = objective = None
    try:
        read = load_space(find_space(recipe, space))
        objective, wrong = make_objective(read, resolved)
        problems += wrong + space_problems(read, resolved)
        if oracle is not None:
            problems += budget_problems(read, oracle)
    except SchemaError as error:
        problems += error.problems
    if problems:
        raise problems_error(f"the search around {recipe}", problems)
    # the images are looked at last, since that takes longest
    plan = make_plan(resolved, data=data)
    folder = Folder(Path(out) / folder_name(resolved.name, method))
    definition = _definition(plan, read, method, initial if guided else None, seed)
    if problems := folder.problems(definition):
        raise problems_error(f"the search around {recipe}", problems)
    settings = Settings(
        space=read,
        start=levels_of(read, resolved),
        direction=objective.direction,
        trials=trials,
        initial=initial,
        epochs=resolved.epochs,
        seed=seed,
        median_rule=read.median_rule,
    )
    return Prepared(
        resolved, recipe, read, objective, settings, method, definition, folder
    )


def folder_name(recipe: str, method: str) -> str:
    """The name of a search's folder.

    Example:
        >>> folder_name("faces/lmf", "bayesian")
        'faces.lmf-bayesian'
    """
    parts = [part for part in Path(recipe).parts if part not in ("/", "..", ".")]
    return f"{'.'.join(parts[-2:])}-{method}"


def _definition(
    plan: Plan, space: Space, method: str, initial: int | None, seed: int
) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "method": method,
        "initial": initial,
        "seed": seed,
        "recipe": plan.recipe.to_dict(),
        "space": space.content,
        "data": plan.manifest.digest,
        "weights": plan.weights,
    }


def search(
    prepared: Prepared,
    *,
    data: str | Path | None = None,
    job: str = JOB,
    environment: Mapping[str, str] | None = None,
    serve: Callable[[Prepared, Resumable, Display], None] | None = None,
) -> list[Record]:
    """Runs the trials that are missing; may be killed and called again at any time.

    Args:
        prepared: What `prepare` gives.
        data: Where the images lie; by default `$KPOC_DATA`.
        job: What a worker does for a trial.
        environment: Variables of the workers.
        serve: Has others run the trials, in the place of this process and its worker:
            see `tuning.machines`.

    Returns:
        What all trials gave, in their order.

    Raises:
        NothingFound: No trial came to its end; says why each failed.
        FolderError: Another process is at this search.
    """
    from tuning.ending import take_back
    from tuning.oracle import METHODS
    from tuning.tensorboard import write_experiment

    folder = prepared.folder
    folder.hold()
    try:
        folder.begin(prepared.definition)
        oracle = METHODS.get(prepared.method)(prepared.settings, folder.oracle)
        if folder.oracle.is_file():
            oracle.reload()
        if serve is None:
            serve = functools.partial(_alone, data=data, job=job, extra=environment)
            for worker in list(oracle.ongoing_trials):
                take_back(oracle, folder, worker)
        ended = {int(key) for key in oracle.end_order}
        done = [one for one in folder.records() if one.number in ended]
        display = Display(prepared.objective, prepared.settings.trials, done)
        display.begin()
        write_experiment(folder, prepared.space, prepared.objective)
        serve(prepared, oracle, display)
    finally:
        folder.release()
    records = folder.records()
    if not any(one.is_complete for one in records):
        reasons = [f"- trial {one.number + 1}: {one.message}" for one in records]
        raise NothingFound("no trial came to its end:\n" + "\n".join(reasons))
    return records


def _alone(
    prepared: Prepared,
    oracle: Resumable,
    display: Display,
    *,
    data: str | Path | None,
    job: str,
    extra: Mapping[str, str] | None,
) -> None:
    from tuning.ending import keep
    from tuning.search import Search

    kept = functools.partial(keep, prepared.folder, prepared.objective)
    variables = {**cache_environment(prepared.folder.path), **(extra or {})}
    with Worker(job, variables) as worker:
        Search(prepared, oracle, worker, display, kept, data).run()


def ranked(records: list[Record], objective: Objective) -> list[Record]:
    """The trials that came to their end, the best first, each draw once."""
    sign = -1.0 if objective.direction == "max" else 1.0
    order = sorted(
        (one for one in records if one.is_complete), key=lambda one: sign * one.score
    )
    unique: dict[str, Record] = {}
    for one in order:
        unique.setdefault(repr(sorted(one.levels.items())), one)
    return list(unique.values())
