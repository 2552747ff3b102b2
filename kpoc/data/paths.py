"""Image files below a folder that somebody else made: what is taken, what is not."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from kpoc.data.foreign import name_unread
from kpoc.data.format import image_suffixes

IMAGE_SUFFIXES = frozenset(image_suffixes())
"""Suffixes, in small letters, of the files that are taken for images."""
NO_UTF8 = "its name is no valid UTF-8"

_NEAR, _MANY, _START = 3, 5_000, 4


def is_image_name(name: str) -> bool:
    """Whether a file is an image by its name.

    Example:
        >>> is_image_name("a/Cat.JPG"), is_image_name("notes.txt")
        (True, False)
    """
    return PurePosixPath(name).suffix.lower() in IMAGE_SUFFIXES


def is_hidden(name: str) -> bool:
    """Whether a file or folder is one that its owner does not see."""
    return name.startswith(".") or name == "__MACOSX"


def leads_out(path: Path, root: Path) -> bool:
    """Whether a path, with its links followed, lies outside of `root` (resolved)."""
    return not path.resolve().is_relative_to(root)


def _fault(entry: os.DirEntry, root: Path) -> str | None:
    """Why an entry of a folder is not an image to be taken, or None."""
    if is_hidden(entry.name):
        return "hidden"
    if entry.is_symlink():
        if not os.path.exists(entry.path):
            return "a link to nothing"
        if leads_out(Path(entry.path), root):
            return "a link that leads out of the data folder"
        if entry.is_dir():
            return "a link to a folder, which is not followed"
    if not entry.is_file():
        return "not a file"
    if is_image_name(entry.name):
        return None
    return name_unread(entry.name) or "not an image, by its name"


def images_below(root: Path) -> Iterator[tuple[str, str | None]]:
    """All files below a folder, in the order of their names.

    Links to files are followed as long as they stay inside; links to folders never, so
    that nothing goes round in a circle or is seen twice.

    Args:
        root: The folder.

    Yields:
        (path, reason): the path relative to `root`, POSIX, and why it is not to be
        taken for an image, or None. Of a folder that is not looked into, the folder.
    """
    resolved = root.resolve()

    def look(folder: Path, prefix: str) -> Iterator[tuple[str, str | None]]:
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            yield prefix, f"cannot be opened: {error.strerror}"
            return
        for entry in entries:
            name = printable(prefix + entry.name)
            if name != prefix + entry.name:
                yield name, NO_UTF8
            elif entry.is_dir(follow_symlinks=False) and not is_hidden(entry.name):
                yield from look(Path(entry.path), name + "/")
            else:
                yield name, _fault(entry, resolved)

    yield from look(Path(root), "")


def require_folder(folder: Path, argument: str) -> None:
    """Checks, before there is something to write, that files can go to a folder.

    Args:
        folder: It need not be there.
        argument: What the user calls it.

    Raises:
        ValueError: It, or what is above it, is a file.
    """
    for place in (folder, *folder.parents):
        if place.exists() and not place.is_dir():
            raise ValueError(
                f"`{argument}` must be a folder. Received: {folder}, where {place} is "
                "a file"
            )


def printable(name: str) -> str:
    """The name, with bytes that are no UTF-8 as replacement characters."""
    return os.fsencode(name).decode(errors="replace")


def near_names(wanted: str, names: Iterable[str]) -> list[str]:
    """Up to three of `names` that are like `wanted`, whatever their suffix and case.

    Of very many names, only those that begin like it are compared letter by letter.

    Example:
        >>> near_names("Cat.jpeg", ["cat.jpg", "dog.jpg"])
        ['cat.jpg']
    """
    by_stem: dict[str, list[str]] = {}
    for name in sorted(names):
        by_stem.setdefault(_stem(name), []).append(name)
    stem = _stem(wanted)
    if stem in by_stem:
        return by_stem[stem][:_NEAR]
    stems = list(by_stem)
    if len(stems) > _MANY:
        stems = [other for other in stems if other[:_START] == stem[:_START]][:_MANY]
    close = difflib.get_close_matches(stem, stems, n=_NEAR)
    return [name for other in close for name in by_stem[other]][:_NEAR]


def _stem(name: str) -> str:
    return os.path.splitext(name.lower())[0]
