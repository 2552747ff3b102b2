"""From what a search draws to a recipe that `kpoc train` runs, and back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kpoc.ground.files import atomic
from kpoc.ground.schema import SchemaError
from kpoc.recipe import Recipe, load_recipe
from tuning.dimension import Scalar
from tuning.folder import Record
from tuning.space import Space


def overrides(space: Space, levels: Mapping[str, Scalar]) -> dict[str, Any]:
    """The values of the keys that count, a key before those that lie inside it.

    Args:
        space: The space.
        levels: What was drawn, by key; a key that the space has not, such as a halved
            batch size, is a value as it is.
    """
    found = {key: space.keys[key].value(levels[key]) for key in space.active(levels)}
    others = {key: level for key, level in levels.items() if key not in space.keys}
    return in_order(found | others)


def in_order(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values by dotted key, a key before those that lie inside it."""
    return dict(sorted(values.items(), key=lambda item: item[0].count(".")))


def recipe_for(
    recipe: Recipe,
    space: Space,
    levels: Mapping[str, Scalar],
    *,
    name: str,
    description: str = "",
    **values: Any,
) -> Recipe:
    """The recipe of a trial.

    Args:
        recipe: The recipe that the search is around.
        space: The space.
        levels: What was drawn, by key.
        name: What the new recipe is called.
        description: One line.
        **values: Keys of the recipe that do not come from the space.

    Raises:
        SchemaError: Together they break the schema.
    """
    changes = {**overrides(space, levels), **values}
    content = {**recipe.to_dict(), "name": name, "description": description}
    return load_recipe(load_recipe(content), changes)


def recipe_for_trial(recipe: Recipe, space: Space, record: Record) -> Recipe:
    """The recipe of a trial of a search; see above."""
    return recipe_for(
        recipe,
        space,
        record.levels,
        name=f"{recipe.name}-trial-{record.number:04}",
        description=f"trial {record.number + 1} of a search",
        **({"epochs": record.budget} if record.budget else {}),
    )


def levels_of(space: Space, recipe: Recipe) -> dict[str, Scalar] | None:
    """The levels of a recipe itself; None where it lies outside of the space."""
    content, levels = recipe.to_dict(), {}
    for key, dimension in space.keys.items():
        if dimension.levels() is None:
            level = dimension.level(_at(content, key))
        else:
            level = _level_that_changes_nothing(recipe, key, space)
        if level is not None:
            levels[key] = level
    active = list(space.active(levels))
    if any(key not in levels for key in active):
        return None
    return {key: levels[key] for key in active}


def _level_that_changes_nothing(
    recipe: Recipe, key: str, space: Space
) -> Scalar | None:
    dimension, content = space.keys[key], recipe.to_dict()
    # what a level sets inside of itself does not count where it has a key of its own
    inside = {
        other: value
        for other in space.keys
        if other.startswith(f"{key}.") and (value := _at(content, other)) is not None
    }
    # the same value may be written in several ways, an augmentation as its bare name
    for level in dimension.levels():
        try:
            changed = load_recipe(recipe, {key: dimension.value(level), **inside})
        except SchemaError:
            continue
        if changed == recipe:
            return level
    return None


def _at(content: Any, key: str) -> Any:
    for part in key.split("."):
        if not isinstance(content, dict) or part not in content:
            return None
        content = content[part]
    return content


def changes(base: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """What a recipe that extends `base` has to say in order to be `other`.

    Example:
        >>> base = {"epochs": 8, "optimizer": {"name": "sgd", "momentum": 0.9}}
        >>> changes(base, {"epochs": 8, "optimizer": {"name": "sgd", "momentum": 0.5}})
        {'optimizer': {'momentum': 0.5}}
        >>> changes(base, {"epochs": 9, "optimizer": {"name": "adam"}})
        {'epochs': 9, 'optimizer': {'name': 'adam'}}
    """
    found = {}
    for key, value in other.items():
        old = base.get(key)
        if value == old:
            continue
        # what is chosen by a name replaces what was chosen before, whole
        merged = (
            isinstance(value, dict)
            and isinstance(old, dict)
            and all(value.get(name) == old.get(name) for name in ("name", "backbone"))
        )
        found[key] = changes(old, value) if merged else value
    return found


def write_recipe(recipe: Recipe, path: Path) -> Path:
    """Writes a recipe to a file that `kpoc train` takes."""
    with atomic(path) as part:
        part.write_text(recipe.to_yaml(), encoding="utf-8")
    return path
