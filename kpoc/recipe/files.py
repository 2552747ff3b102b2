"""Recipes as files: where they are found, and what one takes from another."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from kpoc.recipe.merging import merge
from kpoc.schema import SchemaError, nearest, read_yaml, yaml_names


def recipe_names() -> list[str]:
    """Names of the recipes that come with kpoc, sorted."""
    return yaml_names("kpoc.recipes")


def _find(name: str) -> Path:
    given = Path(name)
    if given.suffix in {".yaml", ".yml"}:
        if given.is_file():
            return given
        raise SchemaError(f"`recipe` must be a file that exists. Received: {name}")
    if name in recipe_names():
        return Path(str(resources.files("kpoc.recipes") / f"{name}.yaml"))
    raise SchemaError(
        f"`recipe` must be the name of a recipe or the path of a .yaml file. "
        f"{nearest(name, recipe_names())} Received: {name!r}"
    )


def _beside(named: object, recipe: Path) -> object:
    """A file that a recipe names, as a path from here if it lies beside the recipe."""
    if isinstance(named, str) and (near := recipe.parent / named).is_file():
        return str(near)
    return named


def read(name: str, seen: tuple[str, ...] = ()) -> dict:
    """Content of a recipe and of all that it extends.

    Args:
        name: A recipe's name, or the path of a YAML file.
        seen: What extends it, from the first on.

    Raises:
        SchemaError: No such recipe, or it extends itself.
    """
    if name in seen:
        raise SchemaError(f"`extends` goes round in a circle: {' > '.join(seen)}")
    path = _find(name)
    content = read_yaml(path)
    if isinstance(task := content.get("task"), dict) and "protocol" in task:
        task["protocol"] = _beside(task["protocol"], path)
    parent = _beside(content.pop("extends", None), path)
    if parent is None:
        return content
    if not isinstance(parent, str):
        raise SchemaError(f"{path}: `extends` must be a name. Received: {parent!r}")
    inherited = read(parent, (*seen, name))
    inherited.pop("name", None)
    return merge(inherited, content)
