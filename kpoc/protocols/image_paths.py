"""Paths of very many images, in little memory."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


class ImagePaths(Sequence[str]):
    """Full paths as text, each put together when it is asked for.

    It takes what the column takes, and not a string or a path object a row on top.

    Args:
        root: The folder that the paths are relative to.
        relative: The paths, POSIX.

    Example:
        >>> import pandas as pd
        >>> paths = ImagePaths("/data", pd.Series(["a.png", "b/c.png"]))
        >>> len(paths), paths[1]
        (2, '/data/b/c.png')
    """

    def __init__(self, root: str | Path, relative: pd.Series):
        self._root = os.fspath(root)
        self._relative = relative.array

    def __len__(self) -> int:
        return len(self._relative)

    def __getitem__(self, number: int) -> str:
        return os.path.join(self._root, self._relative[number])

    def __iter__(self) -> Iterator[str]:
        return (os.path.join(self._root, path) for path in self._relative)
