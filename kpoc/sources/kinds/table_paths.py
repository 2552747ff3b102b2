"""From what a table calls a path to a file below the root."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from kpoc.ground.errors import UserError
from kpoc.pictures.paths import Links, composed, images_below, leads_out, near_names

_DRIVE = re.compile(r"[A-Za-z]:/")
_ENOUGH = 0.5
_LONGEST = 4096
_SAMPLE = 50


class Unplaced(UserError, ValueError):
    """A path that must not be followed, or does not say which file it means."""


class LeadsOut(Unplaced):
    """A path that leads out of the root by a link."""


class Places:
    """Finds the files of a table.

    Letters with accents are found in whichever way the system stores them.

    Args:
        root: The folder of the images, resolved.
        suffix: What the paths lack at their end; of several suffixes, the first that
            leads to a file counts.
        match: `path`, or `name` to find files by their names wherever they lie.
        strip_prefix: What the paths have too much in front, such as the folder where
            the images lay on another machine.
        links: Which links are followed, as in `kpoc.pictures.paths.images_below`.
    """

    def __init__(
        self,
        root: Path,
        suffix: str | Sequence[str] = "",
        match: str = "path",
        strip_prefix: str = "",
        links: Links = "inside",
    ):
        self.root, self.match, self.links = root, match, links
        self.strip_prefix = strip_prefix
        self.suffixes = [suffix] if isinstance(suffix, str) else list(suffix)
        self._front_off = composed(_slashed(strip_prefix)) if strip_prefix else None
        self._inside = os.path.join(root, "")
        self._by_name: dict[str, list[str]] | None = None
        self._by_composed: dict[str, list[str]] | None = None
        self._folders: dict[str, bool] = {}
        self._listed: dict[str, dict[str, list[str]]] = {}

    def find(self, text: str) -> str:
        """The file, relative to the root (POSIX).

        Raises:
            FileNotFoundError: It is not there.
            Unplaced: It lies outside of the root, or several files have its name.
        """
        # no system opens a longer path, and a table may hold texts of any length
        for suffix in self.suffixes if len(text) <= _LONGEST else ():
            if found := self._found(text + suffix):
                return found
        raise FileNotFoundError(self.wanted(text))

    def leads(self, text: str) -> bool:
        """Whether a path leads to a file."""
        try:
            self.find(text)
        except (FileNotFoundError, Unplaced):
            return False
        return True

    def wanted(self, text: str) -> str:
        """What a path stands for, in words: `a.jpg or a.png`."""
        return " or ".join(text + suffix for suffix in self.suffixes)

    def near(self, text: str) -> list[str]:
        """Files that may have been meant by a path that is not there."""
        slashed = _slashed(text) + self.suffixes[0]
        wanted = PurePosixPath(self._without_front(slashed) or slashed)
        there, folder = self.by_name, wanted.parent
        if self.match == "path" and (self.root / folder).is_dir():
            names = os.listdir(self.root / folder)
            there = {name: [str(folder / name)] for name in names}
        return [path for name in near_names(wanted.name, there) for path in there[name]]

    def excess(self, texts: Sequence[str]) -> str:
        """What most paths have too much in front, "" if it is nothing.

        Of each path the longest end that leads to a file counts; all must lack the
        same. Paths of other machines are like that: `/home/ann/photos/cedar/1.png` or
        `C:/data/photos/cedar/1.png`, where the root holds `cedar/1.png`.

        Args:
            texts: Different paths as the table has them.
        """
        sample = texts[:: max(1, len(texts) // _SAMPLE)]
        fronts = Counter(filter(None, map(self._front, sample)))
        if not fronts:
            return ""
        [(front, times)] = fronts.most_common(1)
        return front if times > _ENOUGH * len(sample) else ""

    def _front(self, text: str) -> str:
        """The shortest front of a path without which it leads to a file."""
        parts = _slashed(text[:_LONGEST]).split("/")
        for i in range(1, len(parts)):
            end = "/".join(parts[i:])
            if parts[i] not in ("", ".", "..") and self.leads(end):
                return "/".join(parts[:i]) or "/"
        return ""

    def _found(self, text: str) -> str | None:
        """The file of a whole path, if it is there."""
        forms = [text, _slashed(text)] if "\\" in text else [text]
        if self.match == "name":
            return self._named(PurePosixPath(forms[-1]).name)
        forms = [rest] if (rest := self._without_front(forms[-1])) else forms
        for form in forms:
            full = self._full(form)
            if not os.path.isfile(full) and not full.isascii():
                full = self._alike(full)
            if os.path.isfile(full):
                if self.links != "follow" and self._leads_out(full):
                    raise LeadsOut("leads out of the folder by a link")
                return full.removeprefix(self._inside)
        return None

    def _without_front(self, text: str) -> str:
        """A path less `strip_prefix`, "" if it has nothing of that kind in front."""
        if self._front_off is not None:
            front = self._front_off.rstrip("/") + "/"
            for form in (text, composed(text)):
                if form.startswith(front):
                    return form[len(front) :].lstrip("/")
        return ""

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

    def _alike(self, full: str) -> str:
        """The path that is there and differs in how accents are stored alone."""
        at = os.fspath(self.root)
        for part in full.removeprefix(self._inside).split("/"):
            if not os.path.lexists(os.path.join(at, part)):
                names = self._names_in(at).get(composed(part), [part])
                if len(names) > 1:
                    raise Unplaced(
                        "several names there differ from it in how accents are stored "
                        "(Unicode's NFC and NFD) alone"
                    )
                [part] = names
            at = os.path.join(at, part)
        return at

    def _names_in(self, folder: str) -> dict[str, list[str]]:
        """What lies in a folder, by the composed names."""
        if folder not in self._listed:
            names = os.listdir(folder) if os.path.isdir(folder) else []
            found = self._listed[folder] = {}
            for name in names:
                found.setdefault(composed(name), []).append(name)
        return self._listed[folder]

    def _leads_out(self, full: str) -> bool:
        """Whether links lead out of the root; each folder is followed once."""
        folder = os.path.dirname(full)
        if folder not in self._folders:
            self._folders[folder] = leads_out(Path(folder), self.root)
        linked = os.path.islink(full) and leads_out(Path(full), self.root)
        return self._folders[folder] or linked

    def _named(self, name: str) -> str | None:
        paths = self.by_name.get(name, [])
        if not paths and not name.isascii():
            if self._by_composed is None:
                self._by_composed = {}
                for other, there in self.by_name.items():
                    self._by_composed.setdefault(composed(other), []).extend(there)
            paths = self._by_composed.get(composed(name), [])
        if len(paths) > 1:
            raise Unplaced(f"several files have this name: {', '.join(paths[:3])}")
        return paths[0] if paths else None

    @property
    def by_name(self) -> dict[str, list[str]]:
        """All image files below the root by their names."""
        if self._by_name is None:
            self._by_name = {}
            for path, fault in images_below(self.root, self.links):
                if fault is None:
                    name = PurePosixPath(path).name
                    self._by_name.setdefault(name, []).append(path)
        return self._by_name


def _slashed(text: str) -> str:
    return text.replace("\\", "/")
