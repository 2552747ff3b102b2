"""Plug-ins that a run directory names: executed only where the user allowed it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from kpoc.ground import run_files
from kpoc.ground.yaml_values import read_yaml
from kpoc.plugins.errors import PluginError
from kpoc.plugins.found import Plugin, find, is_file_name
from kpoc.plugins.loading import changed, load, loaded, named

_HASH = re.compile(r"[0-9a-f]{64}")
ALLOWED = "KPOC_TRUST"
"""The variable of allowed SHA-256, with commas; child processes have it too."""


def is_run(folder: Path) -> bool:
    """Whether a folder is the directory of a run."""
    return (folder / run_files.RECORD).is_file()


def trust(word: str | Path) -> None:
    """Allows that plug-ins are executed which a run directory names.

    Args:
        word: The SHA-256 of a plug-in, in hex, as the error says that asks for it; or
            a run directory, which allows the content that its recipe names now.

    Raises:
        PluginError: It is neither.

    Example:
        >>> trust("runs/mine/0123456789-seed0")  # doctest: +SKIP
    """
    if _HASH.fullmatch(str(word)):
        hashes = [str(word)]
    elif is_run(Path(word)):
        hashes = [one["sha256"] for one in _named_in(Path(word)) if one.get("sha256")]
    else:
        raise PluginError(
            "`--trust` must be the SHA-256 of a plug-in, 64 hex digits, or a run "
            f"directory. Received: {word}"
        )
    os.environ[ALLOWED] = ",".join(dict.fromkeys([*_allowed(), *hashes]))


def load_of_run(folder: Path) -> None:
    """Executes the plug-ins that a run was trained with, for its saved model.

    Args:
        folder: The run directory; any other folder names none.

    Raises:
        PluginError: One is not allowed, has changed or cannot be used.
    """
    if is_run(folder):
        for one in _named_in(folder):
            load_for(folder, one)


def load_for(run: Path, entry: Mapping[str, str]) -> Plugin:
    """Executes one plug-in that the recipe of a run names.

    Args:
        run: The run directory, for errors.
        entry: What the recipe says of it: `name`, `sha256` and, for a file, `path`.

    Raises:
        PluginError: It is not allowed, has changed or cannot be used.
    """
    word = entry.get("path") or entry["name"]
    sha256 = entry.get("sha256")
    if sha256 is None:
        if not is_file_name(word):
            raise PluginError(
                f"{run} must say the `sha256` of the plug-in {word}. Received: none"
            )
        sha256 = find(word).sha256
    _require_allowed(run, entry.get("name") or Path(word).stem, sha256)
    return load(word, sha256, since=f"{run} was made")


def _require_allowed(run: Path, name: str, sha256: str) -> None:
    if loaded(sha256) or sha256 in _allowed():
        return
    if other := named(name):
        raise changed(name, f"{run} was made", sha256, other)
    raise PluginError(
        f"{run} needs the plug-in {name} (SHA-256 {sha256}), and code in a run "
        "directory runs only if you say so: read it, then name it with "
        f"--trust {sha256}, --trust {run} or --plugin FILE (in Python: "
        "kpoc.plugins.trust)"
    )


def _allowed() -> list[str]:
    return [one for one in os.environ.get(ALLOWED, "").split(",") if one]


def _named_in(run: Path) -> list[dict[str, str]]:
    """What a run's recipe says of plug-ins; paths lead on from here."""
    file = run / run_files.RECIPE
    content = read_yaml(file) if file.is_file() else {}
    return [entry_from(one, run) for one in content.get("plugins") or []]


def entry_from(one: str | Mapping[str, str], folder: Path) -> dict[str, str]:
    """What a recipe says of a plug-in, a path beside it as one from here.

    Args:
        one: A word, or what a resolved recipe says.
        folder: Where the recipe lies.
    """
    entry = dict(one) if isinstance(one, Mapping) else _entry(one)
    path = entry.get("path")
    if isinstance(path, str) and (
        is_run(folder) or (folder / path).is_file() or not Path(path).is_file()
    ):
        entry["path"] = str(folder / path)
    return entry


def _entry(word: str) -> dict[str, str]:
    return {"path": word} if is_file_name(word) else {"name": word}
