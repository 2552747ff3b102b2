"""The folder that a protocol and its recipes go to, and the commands that name them."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from kpoc.ground.files import atomic
from kpoc.ground.text import for_shell
from kpoc.pictures.paths import require_folder

METHOD = "method"
"""The file that the new method is always found in, whichever it is."""


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
        self._data = f"--data {for_shell(_shown(root))}"

    @property
    def build(self) -> str:
        """The command that builds the manifest."""
        return f"kpoc data build {self._at('protocol')} {self._data}"

    @property
    def train(self) -> str:
        """The command that trains the baseline."""
        return f"kpoc train {self._at('baseline')} {self._data}"

    @property
    def compare(self) -> str:
        """The command that compares the baseline with the method."""
        sides = f"{self._at('baseline')} {self._at(METHOD)}"
        return f"kpoc compare {sides} {self._data}"

    def require_new(self, *names: str) -> None:
        """Refuses files that are there, unless they may be overwritten.

        Raises:
            FileExistsError: There are some.
            ValueError: There is a file where their folder should be.
        """
        require_folder(self.folder, "--out")
        places = [self._path(name) for name in names]
        if folders := [str(path) for path in places if path.is_dir()]:
            raise FileExistsError(
                "files must not be folders already (or take another --name). Received: "
                + ", ".join(folders)
            )
        there = [str(path) for path in places if path.exists()]
        if there and not self.force:
            raise FileExistsError(
                "files that are there are not overwritten without --force (or take "
                f"another --name). Received: {', '.join(there)}"
            )

    def write(self, texts: Mapping[str, str]) -> list[Path]:
        """Writes texts by name, all or none; returns their files.

        Raises:
            FileExistsError: As in `require_new`.
            OSError: One cannot be written: then there is what was there before.
        """
        self.require_new(*texts)
        places = {self._path(name): text for name, text in texts.items()}
        with _all_or_none(self.folder, places), contextlib.ExitStack() as parts:
            for path, text in places.items():
                part = parts.enter_context(atomic(path))
                part.write_text(text, encoding="utf-8")
        return list(places)

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.yaml"

    def _at(self, name: str) -> str:
        return for_shell(str(self._path(name)))


@contextlib.contextmanager
def _all_or_none(folder: Path, places: Mapping[Path, str]) -> Iterator[None]:
    """Brings back what was there before if not all files can be written."""
    before = {path: path.read_bytes() for path in places if path.exists()}
    made = [place for place in (folder, *folder.parents) if not place.exists()]
    try:
        yield
    except BaseException:
        for path in places:
            if path not in before:
                path.unlink(missing_ok=True)
            elif path.read_bytes() != before[path]:
                with atomic(path) as part:
                    part.write_bytes(before[path])
        for place in made:
            with contextlib.suppress(OSError):
                place.rmdir()
        raise


def _shown(root: Path) -> str:
    """A folder as one would type it here."""
    path = os.path.relpath(root)
    return str(root) if path.startswith("..") else path
