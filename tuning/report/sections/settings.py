"""What the search was told."""

from __future__ import annotations

from kpoc.ground.yaml_values import write_yaml
from tuning.report.subject import Finished

TITLE = "Settings"
MISSING = None
PLACE = 100


def context(subject: Finished) -> dict:
    """The space, the numbers, the rows, and the command."""
    told = subject.definition
    return {
        "facts": {
            "Recipe": subject.recipe.name,
            "Method": subject.method,
            "Random trials at first": told.get("initial"),
            "Seed of the search": told.get("seed"),
            "Seed of every trial": subject.recipe.seed,
            "Rows": told.get("data"),
            "Command": subject.command,
        },
        "space": write_yaml(told["space"], width=76),
        "recipe": subject.recipe.to_yaml(),
    }
