"""Writing files whole or not at all."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path


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
    finally:
        if part.is_dir():
            shutil.rmtree(part)
        part.unlink(missing_ok=True)


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


def remove_parts(folder: str | Path) -> None:
    """Removes what `atomic` left in a folder when its process was killed.

    Only for a folder that no other process writes to.
    """
    for part in Path(folder).glob(".[0-9]*-*"):
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
