"""Files that are written whole or not at all, and by one process at a time."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

LONGEST_NAME = 200
"""Bytes: a file system takes 255, some of them for a name while it is written."""


def short_digest(text: str) -> str:
    """Eight hex digits that tell apart names which are cut short.

    Example:
        >>> short_digest("faces/lmf") == short_digest("faces.lmf")
        False
    """
    return hashlib.sha256(text.encode()).hexdigest()[:8]


class Lock:
    """Keeps other processes from a file or folder until it is released.

    Args:
        path: What is kept; the lock is a file beside it.

    Example:
        >>> import tempfile
        >>> one, other = (Lock(tempfile.gettempdir() + "/kept") for _ in range(2))
        >>> one.acquire(), other.acquire()
        (True, False)
        >>> one.release(), other.acquire(), other.release()
        (None, True, None)
    """

    def __init__(self, path: str | Path):
        self._file = Path(path).with_name(f".{Path(path).name}.lock")
        self._held: TextIO | None = None

    def acquire(self) -> bool:
        """Whether no other process has it; then this one has."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        while True:
            held = open(self._file, "w")
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                held.close()
                return False
            if self._is_of(held):
                self._held = held
                return True
            held.close()

    def _is_of(self, held: TextIO) -> bool:
        # whoever had it may have removed the file after it was opened here
        try:
            return os.path.samestat(os.fstat(held.fileno()), os.stat(self._file))
        except FileNotFoundError:
            return False

    def release(self) -> None:
        """Lets others have it; nothing happens if it is not held."""
        if self._held is None:
            return
        # before it is given up: afterwards the file may be another's
        self._file.unlink(missing_ok=True)
        self._held.close()
        self._held = None


@contextlib.contextmanager
def atomic(path: str | Path) -> Iterator[Path]:
    """Gives a path to write to; on success it becomes `path`, else it is removed.

    A reader never sees half a file, and if the disk is full the file that was there
    before stays. The name ends as `path` does, for writers that look at it. What is
    written may be a folder too; one that was there before is moved aside first.

    Example:
        >>> import tempfile
        >>> target = Path(tempfile.mkdtemp()) / "a.txt"
        >>> with atomic(target) as part:
        ...     _ = part.write_text("whole")
        >>> target.read_text()
        'whole'
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{os.getpid()}-{path.name}")
    try:
        yield part
        for written in part.rglob("*") if part.is_dir() else [part]:
            if written.is_file():
                with open(written, "rb") as file:
                    os.fsync(file.fileno())
        if part.is_dir() and path.is_dir():
            _replace_folder(part, path)
        else:
            part.replace(path)
    except OSError as error:
        raise _named(error, path) from error
    finally:
        if part.is_dir():
            shutil.rmtree(part)
        part.unlink(missing_ok=True)


def _named(error: OSError, path: Path) -> OSError:
    """The error of a write, which seldom says what was written."""
    if error.filename is not None:
        return error
    text = error.strerror or str(error)
    return type(error)(error.errno, text, str(path))


def _replace_folder(part: Path, path: Path) -> None:
    # no rename replaces a folder that holds something
    aside = part.with_name(f"{part.name}.old")
    path.rename(aside)
    try:
        part.rename(path)
    except OSError:
        aside.rename(path)
        raise
    shutil.rmtree(aside)


def remove_parts(folder: str | Path, name: str = "*") -> None:
    """Removes what `atomic` left in a folder when its process was killed.

    Only for what no other process writes to.

    Args:
        folder: The folder.
        name: Of what was to be written.
    """
    for part in Path(folder).glob(f".[0-9]*-{name}"):
        if part.is_dir():
            shutil.rmtree(part)
        else:
            part.unlink()


def require_space(path: str | Path, size: int) -> None:
    """Writes `size` zeros to `path`, to be overwritten by what needs the space.

    For writers such as HDF5 that take a full disk badly: here it is a plain OSError.
    """
    zeros = bytes(1 << 20)
    with open(path, "wb") as file:
        for start in range(0, size, len(zeros)):
            file.write(zeros[: size - start])
