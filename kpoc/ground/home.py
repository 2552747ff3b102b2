"""A home folder for who has none: containers of unknown users, jobs without HOME."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path


def ensure_home() -> Path | None:
    """Gives this process and its children a home folder, if there is none to use.

    Kpoc, Keras, Matplotlib and other libraries keep settings and caches below it; some
    end with an error where there is none, others write into the current folder.

    Returns:
        The folder that stands for it, which is the user's alone; None if there is a
        home folder.
    """
    home = os.path.expanduser("~")
    # one that can only be read serves those who find their caches in it
    caches = (os.path.join(home, name) for name in (".cache", ".keras"))
    if os.path.isabs(home) and (
        _is_writable_folder(home) or any(map(os.path.isdir, caches))
    ):
        return None
    folder = own_folder()
    os.environ["HOME"] = str(folder)
    return folder


def _is_writable_folder(place: str) -> bool:
    return os.path.isdir(place) and os.access(place, os.W_OK)


def own_folder() -> Path:
    """A folder for temporary files that no other user can write to.

    It is the same one every time, unless somebody else has made one of its name.
    """
    folder = Path(tempfile.gettempdir(), f"kpoc-{os.getuid()}")
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError:
        found = None
    others = stat.S_IWGRP | stat.S_IWOTH
    if (
        found is None
        or not stat.S_ISDIR(found.st_mode)
        or found.st_uid != os.getuid()
        or found.st_mode & others
    ):
        return Path(tempfile.mkdtemp(prefix="kpoc-"))
    return folder
