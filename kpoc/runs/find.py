"""Finding the run of a recipe, by what it trained."""

from __future__ import annotations

from pathlib import Path

from kpoc.ground.schema import SchemaError
from kpoc.ground.yaml_files import is_path
from kpoc.recipe import Recipe
from kpoc.runs.run import Run


def find_run(runs: str | Path, recipe: Recipe, key: str) -> Run:
    """The run of a recipe and its seed, which may not be there yet.

    A run says in `run.json` by which key it was made. One that was made before there
    was such a note, or under a name of other rules, is known by its recipe, rows and
    weights, from which its key is made anew.

    Args:
        runs: The folder of all runs.
        recipe: The recipe, with its seed.
        key: What `Recipe.key` gives for its rows and weights.
    """
    folder = _folder(runs, recipe)
    own = Run(folder / f"{key}-seed{recipe.seed}")
    if own.info or not folder.is_dir():
        return own
    others = (Run(path) for path in sorted(folder.glob(f"*-seed{recipe.seed}")))
    same = [run for run in others if key_of(run) == key]
    # of several, for what was the same when keys told more apart, one that is done
    return next((run for run in same if run.is_finished), (same or [own])[0])


def finished_runs(runs: str | Path, recipe: Recipe) -> list[Run]:
    """The finished runs of recipes that are called as this one, of any seed."""
    folder = _folder(runs, recipe)
    found = map(Run, sorted(folder.glob("*-seed*"))) if folder.is_dir() else ()
    return [run for run in found if run.is_finished]


def key_of(run: Run) -> str | None:
    """The key of a run that was begun; None if its files do not tell.

    Runs without a note of it came before runs could start from others.
    """
    info = run.info
    if "key" in info:
        return info["key"]
    try:
        weights = info["weights"]
        origin = weights["sha256"] or weights["name"] or ""
        return run.recipe.key(info["data"]["digest"], origin)
    except (KeyError, TypeError, OSError, SchemaError):
        return None


def _folder(runs: str | Path, recipe: Recipe) -> Path:
    """Where the runs of a recipe lie: a folder called as it is."""
    name = Path(recipe.name)
    if is_path(recipe.name):
        name = name.with_suffix("")
    parts = [part for part in name.parts if part not in ("/", "..", ".")]
    return Path(runs).joinpath(*parts[-2:])
