"""Finds files that were listed elsewhere: by what they hold, not by where they lay."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from kpoc.ground.errors import UserError
from kpoc.ground.hashing import file_sha256
from kpoc.ground.ranges import is_file

if TYPE_CHECKING:
    import pandas as pd

    from kpoc.protocols.manifest import Manifest


_SHOWN = 5


class NotThere(UserError, ValueError):
    """A file that is in none of the folders."""


def find_listed(path: str, sha256: str, folders: Sequence[str | Path]) -> Path:
    """The file of a row of a manifest, in folders of this machine.

    A manifest may come from anybody, so it names no file by its path alone: that would
    show whoever asks for it a file of yours.

    Args:
        path: As the row has it, relative to one of the folders.
        sha256: Of the file.
        folders: Where to look; the first that has the very file counts.

    Raises:
        NotThere: None of them has such a path.
        ValueError: The file is another one, its hash is not known, or its path leads
            out of the folders.
    """
    if not sha256:
        raise ValueError("its hash is not known")
    asked = PurePosixPath(path)
    if asked.is_absolute() or ".." in asked.parts:
        raise ValueError("its path leads out of the folder of the data")
    if not folders:
        raise NotThere("--data or KPOC_DATA must say where the images lie")
    files = [Path(folder) / path for folder in folders if is_file(Path(folder) / path)]
    if not files:
        raise NotThere("no such file")
    for file in files:
        if file_sha256(file) == sha256:
            return file
    raise ValueError("the file was changed: it is not the one that was listed")


def find_all_listed(
    rows: pd.DataFrame, folders: Sequence[str | Path]
) -> tuple[list[Path], list[str]]:
    """The files of rows of a manifest, and what is wrong with those that are not there.

    Args:
        rows: With `path` and `sha256`.
        folders: Where to look.
    """
    found, problems = [], []
    for name, sha256 in zip(rows["path"], rows["sha256"], strict=True):
        try:
            found.append(find_listed(name, sha256, folders))
        except NotThere:
            problems.append(f"{name}: in none of {', '.join(map(str, folders))}")
        except ValueError as error:
            problems.append(f"{name}: {error}")
    if len(problems) > _SHOWN:
        problems[_SHOWN:] = [f"and {len(problems) - _SHOWN} more"]
    return found, problems


def image_folders(
    manifest: Manifest, data: str | Path | None, planned: Sequence[Path] = ()
) -> list[Path]:
    """Folders that a manifest's paths may be relative to, here and now.

    Where a manifest itself says that its images lie does not count, but for the last
    part of its name: in a run that somebody handed on, that may be any folder of yours.

    Args:
        manifest: The rows.
        data: Where the data lies; by default `$KPOC_DATA`.
        planned: Where this command found the images of recipes.
    """
    folders = list(planned)
    if given := data or os.environ.get("KPOC_DATA"):
        named = Path(given).expanduser()
        name = manifest.root.name if manifest.root else ""
        folders += [named, *([named / name] if name not in ("", "..") else [])]
    return folders
