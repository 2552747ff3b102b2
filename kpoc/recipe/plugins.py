"""The plug-ins of a recipe: named by people, executed, known by their content."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import pydantic

from kpoc.ground.schema import Strict
from kpoc.plugins.errors import PluginError
from kpoc.plugins.loading import load
from kpoc.plugins.of_run import entry_from, is_run, load_for
from kpoc.recipe.identity import Absent, Shown

_RUN = "run"
"""Marks what a recipe in a run directory says: it allows nothing by itself."""


class PluginUsed(Strict):
    """A plug-in of a resolved recipe.

    People write the path of a `.py` file, or the name of an entry point or module, in
    its place.

    Attributes:
        name: What it is called.
        sha256: Of its content, in hex.
        path: Its file; None for one of an installed package.
        version: Of the package whose entry point it is.
    """

    name: Annotated[str, Shown()]
    sha256: Annotated[str, pydantic.Field(pattern="^[0-9a-f]{64}$")]
    path: Annotated[str | None, Shown()] = None
    version: Annotated[str | None, Absent(None)] = None


def placed(said: object, folder: Path) -> object:
    """What a recipe's file says of plug-ins, paths beside it as paths from here.

    Args:
        said: The value of `plugins` in the file.
        folder: Where the file lies.
    """
    mark = {_RUN: str(folder)} if is_run(folder) else {}
    return [
        {**entry_from(one, folder), **mark} if _is_said_well(one) else one
        for one in _listed(said)
    ]


def joined(first: object, second: object) -> list:
    """The plug-ins of two: those of what a recipe extends stay, and so do its own."""
    return [*_listed(first), *_listed(second)]


def load_plugins(said: object) -> list:
    """Executes the plug-ins of a recipe.

    Args:
        said: The value of `plugins`.

    Returns:
        What identifies each, in the place of what named it, each once. What is no name
        is left to the schema.

    Raises:
        PluginError: Lists those that cannot be used.
    """
    found, wrong = {}, {}
    for one in _listed(said):
        if not _is_said_well(one):
            found[repr(one)] = one
            continue
        try:
            used = _loaded(one)
        except PluginError as error:
            wrong[str(error)] = error
        else:
            found.setdefault(used["sha256"], used)
    if len(wrong) == 1:
        raise next(iter(wrong.values()))
    if wrong:
        listed = "\n".join(f"- {problem}" for problem in wrong)
        raise PluginError(f"{len(wrong)} plug-ins cannot be used:\n{listed}")
    return list(found.values())


def _loaded(one: str | Mapping[str, str]) -> dict[str, object]:
    entry = entry_from(one, Path())
    if run := entry.pop(_RUN, None):
        plugin = load_for(Path(run), entry)
        path = entry.get("path")
    else:
        word = entry.get("path") or entry["name"]
        since = "the recipe was written that says so"
        plugin = load(word, entry.get("sha256"), since)
        # absolute: other processes are handed the recipe
        path = str(plugin.file)
    return {
        "name": plugin.name,
        "sha256": plugin.sha256,
        "path": None if plugin.module else path,
        "version": plugin.version,
    }


def _listed(said: object) -> list:
    if said is None:
        return []
    return list(said) if isinstance(said, list) else [said]


def _is_said_well(one: object) -> bool:
    if isinstance(one, str):
        return bool(one)
    if not isinstance(one, Mapping):
        return False
    known = {*PluginUsed.model_fields, _RUN}
    words = (one.get("path") or one.get("name"), one.get("sha256", ""))
    return one.keys() <= known and all(isinstance(word, str) for word in words)
