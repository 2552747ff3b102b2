"""The folder for what is made once: unpacked archives, drawn pictures."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from kpoc.ground.files import part_of, remove_left_behind
from kpoc.ground.home import own_folder

VARIABLE = "KPOC_CACHE"


def cache_folder(cache: str | Path | None = None) -> Path:
    """The cache folder: `cache`, else `$KPOC_CACHE`, else `~/.cache/kpoc`.

    Where that cannot be made or written to, it is a temporary folder of the user's own,
    which is said once and holds for child processes too.
    """
    if chosen := cache or os.environ.get(VARIABLE):
        return Path(chosen).expanduser().resolve()
    # of a user who has no home, this is a RuntimeError
    with contextlib.suppress(OSError, RuntimeError):
        folder = Path("~/.cache/kpoc").expanduser().resolve()
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
    folder = own_folder() / "cache"
    os.environ[VARIABLE] = str(folder)
    print(f"kpoc: {where_caches_are(folder)}", file=sys.stderr)
    return folder


def where_caches_are(folder: Path) -> str:
    """What a user is told whose caches lie elsewhere than in a home folder."""
    return (
        "there is no home folder to write to: what is made once is kept in "
        f"{folder}; {VARIABLE} names another place"
    )


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
