"""The folder for what is made once: unpacked archives, drawn pictures."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from kpoc.files import part_of, remove_left_behind


def cache_folder(cache: str | Path | None = None) -> Path:
    """The cache folder: `cache`, else `$KPOC_CACHE`, else `~/.cache/kpoc`."""
    chosen = cache or os.environ.get("KPOC_CACHE") or Path("~/.cache/kpoc")
    return Path(chosen).expanduser().resolve()


def make_folder_once(target: Path, fill: Callable[[Path], None]) -> Path:
    """Makes the folder `target`, whole or not at all.

    `fill` works in a temporary folder beside `target`, which is then renamed. An
    error or an interruption leaves nothing behind, and of two processes that do this
    at once one wins and both get a whole folder. What killed processes left beside
    `target` is removed.

    Args:
        target: The folder; if it exists, it is taken as it is.
        fill: Writes the content into the folder that it is given.

    Returns:
        `target`.

    Raises:
        OSError: The folder cannot be written.
    """
    remove_left_behind(target.parent)
    if target.is_dir():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    work = part_of(target)
    work.mkdir(mode=0o700)
    try:
        fill(work)
        work.chmod(0o755)
        # Another process may have been first: its folder is as good as this one.
        with contextlib.suppress(OSError):
            work.rename(target)
        if not target.is_dir():
            raise OSError(f"{target} could not be made from {work}")
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return target


def discard(folder: Path) -> None:
    """Removes a folder of the cache that is not what it should be, if it is there.

    It is renamed first, so that nobody finds half of it.

    Raises:
        OSError: The folder cannot be renamed.
    """
    if folder.is_dir():
        aside = part_of(folder)
        folder.rename(aside)
        shutil.rmtree(aside, ignore_errors=True)
