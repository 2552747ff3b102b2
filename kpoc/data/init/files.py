"""The folder that a protocol and its recipes go to, and the commands that name them."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from pathlib import Path

from kpoc.data.paths import require_folder
from kpoc.files import atomic


class Files:
    """The files of a task.

    Args:
        name: The task's name.
        folder: The folder for the files.
        root: The folder of the images.
        force: Whether files that are there may be overwritten.
    """

    def __init__(self, name: str, folder: Path, root: Path, force: bool):
        self.name, self.folder, self.force = name, folder, force
        self._data = f"--data {shlex.quote(_shown(root))}"

    @property
    def build(self) -> str:
        """The command that builds the manifest."""
        return f"kpoc data build {self._at('protocol')} {self._data}"

    @property
    def train(self) -> str:
        """The command that trains the baseline."""
        return f"kpoc train {self._at('baseline')} {self._data}"

    def compare(self, method: str) -> str:
        """The command that compares the baseline with a method."""
        sides = f"{self._at('baseline')} {self._at(method)}"
        return f"kpoc compare {sides} {self._data}"

    def require_new(self, *names: str) -> None:
        """Refuses files that are there, unless they may be overwritten.

        Raises:
            FileExistsError: There are some.
            ValueError: There is a file where their folder should be.
        """
        require_folder(self.folder, "--out")
        there = [str(path) for n in names if (path := self._path(n)).exists()]
        if there and not self.force:
            raise FileExistsError(
                "files that are there are not overwritten without --force (or take "
                f"another --name). Received: {', '.join(there)}"
            )

    def write(self, texts: Mapping[str, str]) -> list[Path]:
        """Writes texts by name; returns their files.

        Raises:
            FileExistsError: As in `require_new`.
        """
        self.require_new(*texts)
        for name, text in texts.items():
            with atomic(self._path(name)) as part:
                part.write_text(text, encoding="utf-8")
        return [self._path(name) for name in texts]

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.yaml"

    def _at(self, name: str) -> str:
        return shlex.quote(str(self._path(name)))


def _shown(root: Path) -> str:
    """A folder as one would type it here."""
    path = os.path.relpath(root)
    return str(root) if path.startswith("..") else path
