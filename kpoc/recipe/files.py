"""Recipes as files: where they are found, and what one takes from another."""

from __future__ import annotations

from pathlib import Path

from kpoc.ground.yaml_files import find_yaml, read_extended, yaml_names
from kpoc.ground.yaml_values import read_yaml
from kpoc.recipe.merging import merge
from kpoc.recipe.plugins import joined, placed

_PACKAGE = "kpoc.recipes"


def recipe_names() -> list[str]:
    """Names of the recipes that come with kpoc, sorted."""
    return yaml_names(_PACKAGE)


def _find(name: str) -> Path:
    return find_yaml("recipe", name, _PACKAGE)


_PATHS = (("task", "protocol"), ("start", "recipe"), ("start", "run"))
"""Keys whose values may be paths from where the recipe lies."""


def _own(path: Path) -> dict:
    """What the file itself says; what lies beside it becomes a path from here."""
    content = read_yaml(path)
    for block, key in _PATHS:
        inner = content.get(block)
        named = inner.get(key) if isinstance(inner, dict) else None
        if isinstance(named, str) and (beside := path.parent / named).exists():
            inner[key] = str(beside)
    if "plugins" in content:
        content["plugins"] = placed(content["plugins"], path.parent)
    return content


def _extended(base: dict, content: dict) -> dict:
    # a name is that of one recipe, not of those that extend it
    merged = merge({key: base[key] for key in base if key != "name"}, content)
    if "plugins" in base:
        merged["plugins"] = joined(base["plugins"], content.get("plugins"))
    return merged


def read(name: str) -> dict:
    """Content of a recipe and of all that it extends.

    Args:
        name: A recipe's name, or the path of a YAML file.

    Raises:
        SchemaError: No such recipe, or it extends itself.
    """
    return read_extended(_find(name), _find, _extended, _own)
