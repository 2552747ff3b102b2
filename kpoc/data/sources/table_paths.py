"""From what a table calls a path to a file below the root."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from kpoc.data.paths import images_below, leads_out, near_names
from kpoc.errors import UserError

_DRIVE = re.compile(r"[A-Za-z]:/")


class Unplaced(UserError, ValueError):
    """A path that must not be followed, or does not say which file it means."""


class Places:
    """Finds the files of a table.

    Args:
        root: The folder of the images, resolved.
        suffix: What the paths lack at their end; of several suffixes, the first that
            leads to a file counts.
        match: `path`, or `name` to find files by their names wherever they lie.
    """

    def __init__(
        self, root: Path, suffix: str | Sequence[str] = "", match: str = "path"
    ):
        self.root, self.match = root, match
        self.suffixes = [suffix] if isinstance(suffix, str) else list(suffix)
        self._inside = os.path.join(root, "")
        self._by_name: dict[str, list[str]] | None = None
        self._folders: dict[str, bool] = {}

    def find(self, text: str) -> str:
        """The file, relative to the root (POSIX).

        Raises:
            FileNotFoundError: It is not there.
            Unplaced: It lies outside of the root, or several files have its name.
        """
        for suffix in self.suffixes:
            if found := self._found(text + suffix):
                return found
        raise FileNotFoundError(self.wanted(text))

    def wanted(self, text: str) -> str:
        """What a path stands for, in words: `a.jpg or a.png`."""
        return " or ".join(text + suffix for suffix in self.suffixes)

    def near(self, text: str) -> list[str]:
        """Files that may have been meant by a path that is not there."""
        wanted = PurePosixPath(text.replace("\\", "/") + self.suffixes[0])
        there, folder = self.by_name, wanted.parent
        if self.match == "path" and (self.root / folder).is_dir():
            names = os.listdir(self.root / folder)
            there = {name: [str(folder / name)] for name in names}
        return [path for name in near_names(wanted.name, there) for path in there[name]]

    def _found(self, text: str) -> str | None:
        """The file of a whole path, if it is there."""
        forms = [text, text.replace("\\", "/")] if "\\" in text else [text]
        if self.match == "name":
            return self._named(PurePosixPath(forms[-1]).name)
        for form in forms:
            full = self._full(form)
            if os.path.isfile(full):
                if self._leads_out(full):
                    raise Unplaced("leads out of the folder by a link")
                return full.removeprefix(self._inside)
        return None

    def _full(self, form: str) -> str:
        """A path as seen from the root."""
        if _DRIVE.match(form):
            raise Unplaced("a path of Windows, not one below the folder")
        full = os.path.normpath(os.path.join(self.root, form))
        if not full.startswith(self._inside) and os.path.isabs(form):
            full = os.path.realpath(full)
        if not f"{full}/".startswith(self._inside):
            raise Unplaced("lies outside of the folder")
        return full

    def _leads_out(self, full: str) -> bool:
        """Whether links lead out of the root; each folder is followed once."""
        folder = os.path.dirname(full)
        if folder not in self._folders:
            self._folders[folder] = leads_out(Path(folder), self.root)
        linked = os.path.islink(full) and leads_out(Path(full), self.root)
        return self._folders[folder] or linked

    def _named(self, name: str) -> str | None:
        paths = self.by_name.get(name, [])
        if len(paths) > 1:
            raise Unplaced(f"several files have this name: {', '.join(paths[:3])}")
        return paths[0] if paths else None

    @property
    def by_name(self) -> dict[str, list[str]]:
        """All image files below the root by their names."""
        if self._by_name is None:
            self._by_name = {}
            for path, fault in images_below(self.root):
                if fault is None:
                    name = PurePosixPath(path).name
                    self._by_name.setdefault(name, []).append(path)
        return self._by_name
