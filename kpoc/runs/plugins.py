"""Copies of plug-ins in a run directory, so that it can be read later."""

from __future__ import annotations

from pathlib import Path

from kpoc.ground.files import atomic
from kpoc.plugins import load
from kpoc.recipe import Recipe, Recorded

FOLDER = "plugins"
"""Where they lie in a run directory: `plugins/NAME.py`."""


def keep_plugins(recipe: Recipe | Recorded, run: Path) -> Recipe | Recorded:
    """Copies the files of a recipe's plug-ins into a run directory.

    Args:
        recipe: The recipe; its plug-ins are loaded. What was recorded has none.
        run: The run directory.

    Returns:
        The recipe as it is kept there: it names the copies.
    """
    if not isinstance(recipe, Recipe):
        return recipe
    kept = []
    for used in recipe.plugins:
        if used.path is not None:
            # what was executed, whatever has become of the file
            plugin = load(used.path, used.sha256)
            name = f"{FOLDER}/{used.name}.py"
            (run / FOLDER).mkdir(exist_ok=True)
            with atomic(run / name) as part:
                part.write_bytes(plugin.source)
            used = used.model_copy(update={"path": name})
        kept.append(used)
    return recipe.model_copy(update={"plugins": kept})
