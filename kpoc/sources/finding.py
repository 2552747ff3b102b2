"""Finding a dataset where its user says that it lies."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from kpoc.sources.archive import SUFFIXES, is_archive, unpack
from kpoc.sources.source import SourceError


def find_dataset(
    root: Path,
    cache: Path,
    *,
    name: str,
    looked_for: str,
    holds: Callable[[Path], bool],
) -> Path:
    """Finds the folder of a dataset, unpacking its archive if that is what there is.

    Args:
        root: The folder itself, a folder above it, its archive, or a folder that holds
            the archive.
        cache: The cache folder.
        name: Name of the folder, and, in any case, of the archive before its suffix.
        looked_for: What the folder holds, for errors.
        holds: Whether a folder is the one.

    Raises:
        SourceError: It is not there, there are several, or the archive is not safe.
    """
    if not root.exists():
        raise SourceError(f"the data root must exist. Received: {root}")
    folder = unpack(root, cache) if is_archive(root) else root
    found = _below(folder, name, holds)
    if not found and (archives := _archives(folder, name)):
        folder = unpack(archives[0], cache)
        found = _below(folder, name, holds)
    if found[:1] == [folder] or len(found) == 1:
        return found[0]
    named = [path for path in found if path.name == name]
    if len(named) == 1:
        return named[0]
    listed = f" ({', '.join(map(str, found[:5]))})" if found else ""
    raise SourceError(
        f"the data root must be the folder {name}, a folder that holds it, or an "
        f"archive of it ({', '.join(SUFFIXES)}): looked for {looked_for} in it and in "
        f"its folders, and found them in {len(found)}{listed}. Received: {root}"
    )


def _below(folder: Path, name: str, holds: Callable[[Path], bool]) -> list[Path]:
    """Where it is: the folder itself, folders in it, or folders `name` in those."""
    if not folder.is_dir():
        return []
    inside = sorted(path for path in folder.iterdir() if path.is_dir())
    deeper = [path / name for path in inside if (path / name).is_dir()]
    return [path for path in (folder, *inside, *deeper) if holds(path)]


def _archives(folder: Path, name: str) -> list[Path]:
    if not folder.is_dir():
        return []
    files = [path for path in sorted(folder.iterdir()) if is_archive(path)]
    return [path for path in files if path.name.split(".")[0].lower() == name.lower()]
