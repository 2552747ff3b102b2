"""Files within files: `a.tfrecord@123+456` is 456 bytes of a file, from byte 123 on.

So images that lie in the shards of a dataset have paths as others have, and need not be
unpacked. A file that really has such a name is taken as that file.
"""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

_RANGE = re.compile(r"(?P<file>.+)@(?P<start>\d+)\+(?P<length>\d+)", re.DOTALL)


def range_path(file: str, start: int, length: int) -> str:
    """The path of a part of a file.

    Example:
        >>> range_path("a.tfrecord", 12, 3)
        'a.tfrecord@12+3'
    """
    return f"{file}@{start}+{length}"


@dataclass(frozen=True)
class Place:
    """A file, or a part of one.

    Attributes:
        file: The file.
        mode: What kind of file it is, as `os.stat` says.
        size: Bytes of the part that are there.
        start: Where the part begins; None for the whole file.
    """

    file: str | Path
    mode: int
    size: int
    start: int | None = None

    def read(self, most: int | None = None) -> bytes:
        """The content.

        Args:
            most: Bytes at its start that will do; None for all.

        Raises:
            OSError: It can't be read.
        """
        with open(self.file, "rb") as opened:
            if self.start is None:
                return opened.read(most)
            opened.seek(self.start)
            return opened.read(self.size if most is None else min(self.size, most))


def find(path: str | Path) -> Place:
    """What a path leads to.

    Raises:
        OSError: Nothing.
    """
    try:
        state = os.stat(path)
        return Place(path, state.st_mode, state.st_size)
    except FileNotFoundError:
        match = _RANGE.fullmatch(os.fspath(path))
        if match is None:
            raise
    start, length = int(match["start"]), int(match["length"])
    state = os.stat(match["file"])
    size = min(length, max(0, state.st_size - start))
    return Place(match["file"], state.st_mode, size, start)


def is_file(path: str | Path) -> bool:
    """Whether it leads to a file or a part of one."""
    try:
        return stat.S_ISREG(find(path).mode)
    except OSError:
        return False
