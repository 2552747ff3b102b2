"""Sides of a comparison as they are asked for, by words of a command line."""

from __future__ import annotations

import glob
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kpoc.ground.schema import nearest
from kpoc.ground.text import say
from kpoc.ground.yaml_files import beside, is_path
from kpoc.inference.view import make_view
from kpoc.recipe import Recipe, is_override, load_recipe
from kpoc.recipe.inference import Inference, split_settings
from kpoc.runs.run import Run
from kpoc.sources.tables import TABLE_SUFFIXES

TABLES = frozenset(TABLE_SUFFIXES)
RECIPES = {".yaml", ".yml"}
_SIDES = (
    f"recipes, directories of finished runs, or tables ({', '.join(sorted(TABLES))})"
)


@dataclass(frozen=True)
class Asked:
    """A side as it was asked for: a recipe, run directories or tables.

    Attributes:
        name: What it is called.
        recipe: The recipe, for one.
        runs: Run directories, for some.
        tables: Tables, for some.
        inference: How the models are asked; None for as they were trained.
    """

    name: str
    recipe: Recipe | None = None
    runs: list[Path] = field(default_factory=list)
    tables: list[Path] = field(default_factory=list)
    inference: Inference | None = None


def is_side(word: str) -> bool:
    """Whether a word of the command line is a side, not an override of a recipe.

    NAME=PATH is a side unless NAME is a recipe's key; even then it is where PATH is a
    table or the directory of a run, which are no values of such keys.

    Raises:
        SchemaError: It is neither, see `kpoc.recipe.is_override`.

    Example:
        >>> is_side("faces/baseline"), is_side("theirs=theirs_0.csv")
        (True, True)
        >>> is_side("epochs=3"), is_side("task.protocol=mine.yaml")
        (False, False)
    """
    key, equals, value = word.partition("=")
    if not equals or Path(word).exists():
        return True
    if key.split(".")[0] not in Recipe.model_fields or _are_tables(value):
        return True
    found, _ = _find(_divide(value)[0])
    return any(Run(path).is_finished for path in found) or not is_override(word)


def read_sides(
    words: Sequence[str | Path | Run], overrides: Mapping[str, object]
) -> list[Asked]:
    """What each word asks for.

    Args:
        words: Names or paths of recipes, `Run`s, paths of run directories or tables
            (several by commas and wildcards), or `NAME=PATHS`; behind recipes and
            runs `@SETTINGS` says how their models are asked.
        overrides: Values by dotted key for all recipes.

    Raises:
        ValueError: Lists every path that is not there; or a recipe is wrong; or there
            are overrides but no recipe.
    """
    texts = [str(word.path if isinstance(word, Run) else word) for word in words]
    if lost := [problem for text in texts if (problem := _lost(text))]:
        raise ValueError(
            f"`sides` must be {_SIDES} that are there. Received: {'; '.join(lost)}"
        )
    asked = [_read(text, overrides) for text in texts]
    # a plug-in may be there for the runs
    changes = set(overrides) - {"plugins"}
    if changes and not any(side.recipe for side in asked):
        raise ValueError(
            "`overrides` must have a recipe among the sides to change. Received: "
            f"{sorted(overrides)} for {[side.name for side in asked]}"
        )
    return asked


def _divide(word: str) -> tuple[str, str | None]:
    """A word without its inference settings, which hold for all of its runs; these."""
    _, paths = _split(word)
    return (word, None) if not _find(paths)[1] else split_settings(word)


def _split(word: str) -> tuple[str | None, str]:
    """The name that a word gives to its side, if it does, and the rest."""
    name, equals, value = word.partition("=")
    return (None, word) if not equals or Path(word).exists() else (name, value)


def _find(text: str) -> tuple[list[Path], list[str]]:
    """Paths of a comma-separated list with wildcards, and the parts without any."""
    if Path(text).exists():
        return [Path(text)], []
    found, lost = [], []
    for part in text.split(","):
        here = [part] if Path(part).exists() else sorted(glob.glob(part))
        found += map(Path, here)
        lost += [] if here else [part]
    return found, lost


def _are_tables(text: str) -> bool:
    return all(Path(part).suffix.lower() in TABLES for part in text.split(","))


def _lost(word: str) -> str | None:
    """What is wrong with a word that names paths which are not there."""
    name, text = _split(_divide(word)[0])
    found, lost = _find(text)
    if not lost or (name is None and not found and not _are_tables(text)):
        # without a name it may be that of a recipe
        return None
    said = f"{word}: no such path: " + ", ".join(
        part + (beside(Path(part)) if is_path(part) else "") for part in lost
    )
    if name is not None and not found and not _are_tables(text):
        said += f" (nor is `{name}` a key of a recipe. "
        said += f"{nearest(name.split('.')[0], Recipe.model_fields)})"
    return said


def _without_unfinished(
    text: str, paths: list[Path], strangers: list[Path]
) -> list[Path]:
    """The finished runs, if the others are folders that only a wildcard named."""
    named = {Path(part) for part in [text, *text.split(",")]}
    if any(path in named or not path.is_dir() for path in strangers):
        return []
    return [path for path in paths if path not in strangers]


def _read(word: str, overrides: Mapping[str, object]) -> Asked:
    words, settings = _divide(word)
    inference = Inference.parse(settings) if settings else None
    if inference:
        make_view(inference.views)
    name, text = _split(words)
    own = f"@{settings}" if settings else ""
    paths, _ = _find(text)
    if not paths or paths[0].suffix in RECIPES:
        if name is not None:
            raise ValueError(
                "`sides` are named NAME=PATH where PATH is a run or a table; a recipe "
                f"is called by its own key `name`. Received: {word}"
            )
        recipe = load_recipe(text, overrides)
        if inference:
            recipe = recipe.model_copy(update={"inference": inference})
        return Asked(recipe.name + own, recipe, inference=recipe.inference)
    if all(path.suffix.lower() in TABLES for path in paths):
        if inference:
            raise ValueError(
                "`sides` with inference settings must be recipes or runs: a table's "
                f"model cannot be asked again. Received: {word}"
            )
        return Asked(name or paths[0].stem, tables=paths)
    strangers = [path for path in paths if not Run(path).is_finished]
    if strangers and (kept := _without_unfinished(text, paths, strangers)):
        for path in strangers:
            status = Run(path).info.get("status", "no run")
            say(f"passed over: {path} is {status}, not finished")
        paths, strangers = kept, []
    if strangers:
        raise ValueError(
            f"`sides` must be {_SIDES}. Received: {[*map(str, strangers)]}"
        )
    name = name or Run(paths[0]).recipe.name + own
    return Asked(name, runs=paths, inference=inference)
