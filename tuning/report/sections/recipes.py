"""The best recipes, ready to copy."""

from __future__ import annotations

from kpoc.ground.yaml_values import write_yaml
from kpoc.recipe import load_recipe
from tuning.recipes import changes
from tuning.report.subject import Finished

TITLE = "Best recipes"
MISSING = "No trial but the recipe itself came to its end."
PLACE = 30


def context(subject: Finished) -> dict | None:
    """A block a recipe: what it changes, as YAML that extends the recipe."""
    if len(subject.sides) < 2:
        return None
    base = load_recipe(subject.source).to_dict()
    return {
        "recipes": [
            {
                "name": side.name,
                "file": side.file.as_posix(),
                "trial": side.trial.number + 1,
                "yaml": _yaml(subject.source, changes(base, side.recipe.to_dict())),
            }
            for side in subject.sides[1:]
        ]
    }


def _yaml(source: str, changed: dict) -> str:
    return write_yaml({"extends": source, **changed}, width=76)
