"""What can be wrong with a search, found before its first trial, all at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from kpoc.ground.schema import SchemaError
from kpoc.recipe import Recipe, load_recipe
from tuning.recipes import in_order
from tuning.space import Space

if TYPE_CHECKING:
    from tuning.oracle import Resumable

_SEEDS = 2**32 - 1
"""KerasTuner adds 1 and NumPy takes less than 2^32; of 0 KerasTuner makes any."""


def space_problems(space: Space, recipe: Recipe) -> list[str]:
    """What keeps recipes of a space from being trained.

    Each key is tried at its ends, the others as they are in the recipe: against the
    schema, then by making what it sets up, an optimizer or a loss, without training.

    Args:
        space: The space.
        recipe: The recipe that the search is around.

    Returns:
        One sentence a problem.
    """
    return [problem for key in space.keys for problem in _of_key(space, key, recipe)]


def _of_key(space: Space, key: str, recipe: Recipe) -> list[str]:
    """The problems of the first level that has any."""
    for level in space.keys[key].ends():
        levels = {**_parents(space, key), key: level}
        values = {name: space.keys[name].value(levels[name]) for name in levels}
        if found := list(_problems(key, recipe, in_order(values))):
            return found
    return []


def _parents(space: Space, key: str) -> dict:
    """Levels of other keys at which a key counts."""
    levels: dict = {}
    for parent, among in space.keys[key].when.items():
        levels |= {**_parents(space, parent), parent: among[0]}
    return levels


def _problems(
    key: str,
    recipe: Recipe,
    changes: Mapping[str, Any],
) -> Iterator[str]:
    # makes losses and optimizers, so it imports Keras
    from kpoc.training.recipe_checks import recipe_problems

    try:
        changed = load_recipe(recipe, changes)
    except SchemaError as error:
        yield from (f"`keys.{key}`: {problem}" for problem in error.problems)
        return
    already = recipe_problems(recipe)
    for problem in recipe_problems(changed):
        if problem not in already:
            yield f"`keys.{key}`: {problem}"


def budget_problems(space: Space, method: type[Resumable]) -> list[str]:
    """What keeps a space from being searched by a method that sets the epochs."""
    if not (method.HALVES_EPOCHS and "epochs" in space.keys):
        return []
    return [
        "`keys.epochs` must not be searched by a method that decides itself how long "
        f"trials are. Received: it with {method.__name__.lower()}"
    ]


def count_problems(trials: int, initial: int | None, seed: int = 0) -> list[str]:
    """What is wrong with the numbers of a search.

    Args:
        trials: Number of trials.
        initial: Trials that are drawn at random before a model guides the rest; None
            where none does.
        seed: Of what is drawn.
    """
    numbers = {"trials": trials} | ({} if initial is None else {"initial": initial})
    problems = [
        f"`{name}` must be at least 1. Received: {number}"
        for name, number in numbers.items()
        if number < 1
    ]
    if not 0 <= seed < _SEEDS:
        problems.append(f"`seed` must be from 0 to {_SEEDS - 1}. Received: {seed}")
    if initial is not None and not problems and trials < initial:
        problems.append(
            f"`trials` must be at least `initial`, {initial}: the search would be "
            f"random. Received: {trials}"
        )
    return problems
