"""Image files below a folder that somebody else made: what is taken, what is not."""

from __future__ import annotations

import difflib
import os
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Literal

from kpoc.pictures.foreign import name_unread
from kpoc.pictures.format import formats, image_suffixes

IMAGE_SUFFIXES = frozenset(image_suffixes())
"""Suffixes, in small letters, of the files that are taken for images."""
NO_UTF8 = "its name is no valid UTF-8"
HIDDEN = "hidden"
LEADS_OUT = "a link that leads out of the data folder"
LINKS_REMEDY = (
    "links that lead out of the folder, as into a cache, are not followed unless that "
    "is asked for: with --links follow (in a protocol's source: `links: follow`), or "
    "replace them by copies (cp -rL)"
)
NAMED_LIKE_AN_IMAGE = "a folder that is named like an image"

Links = Literal["inside", "follow"]
"""Which links below a folder are followed: those that stay inside of it, or also those
that lead out, as into the cache of DVC, git-annex or the Hugging Face Hub."""

_START = 64
_NEAR, _MANY, _ALIKE = 3, 5_000, 4


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


def is_left_out_image(path: str, reason: str) -> bool:
    """Whether a file that is not taken for this reason is an image, by its name.

    Example:
        >>> is_left_out_image("a/1.heic", "not read"), is_left_out_image("a.txt", "-")
        (True, False)
    """
    named = is_image_name(path) or name_unread(path) is not None
    return named and reason != HIDDEN


def leads_out(path: Path, root: Path) -> bool:
    """Whether a path, with its links followed, lies outside of `root` (resolved)."""
    return not path.resolve().is_relative_to(root)


def images_below(
    root: Path, links: Links = "inside"
) -> Iterator[tuple[str, str | None]]:
    """All files below a folder, in the order of their names.

    Links to files are followed as long as they stay inside; links to folders never, so
    that nothing goes round in a circle or is seen twice. With `links="follow"` those
    that lead out are followed as well, to files and to folders.

    A file is taken by its name; where that is the name of an image format that is not
    read here, by what it holds: phones give names such as .HEIC to JPEGs too.

    Args:
        root: The folder.
        links: Which links are followed.

    Yields:
        (path, reason): the path relative to `root`, POSIX, and why it is not to be
        taken for an image, or None. Of a folder that is not looked into, the folder;
        a slash follows on the name of one that cannot be opened or that is named like
        an image.
    """
    resolved = root.resolve()

    def fault(entry: os.DirEntry) -> str | None:
        """Why an entry of a folder is not an image to be taken, or None."""
        if entry.is_symlink():
            if not os.path.exists(entry.path):
                return "a link to nothing"
            if links != "follow" and leads_out(Path(entry.path), resolved):
                return LEADS_OUT
            if entry.is_dir():
                return "a link to a folder, which is not followed"
        if not entry.is_file():
            return "not a file"
        return None if is_image_name(entry.name) else _by_content(entry)

    def enters(entry: os.DirEntry, above: Sequence[Path]) -> bool:
        """Whether an entry is a folder to be looked into, below these folders."""
        if entry.is_dir(follow_symlinks=False):
            return True
        if links != "follow" or not os.path.isdir(entry.path):
            return False
        place = Path(entry.path).resolve()
        return not any(
            folder.is_relative_to(place) or place.is_relative_to(folder)
            for folder in above
        )

    def look(
        folder: Path, prefix: str, above: Sequence[Path]
    ) -> Iterator[tuple[str, str | None]]:
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            yield prefix, f"cannot be opened: {error.strerror}"
            return
        for entry in entries:
            name = printable(prefix + entry.name)
            if is_hidden(entry.name):
                yield name, HIDDEN
            elif name != prefix + entry.name:
                yield name, NO_UTF8
            elif enters(entry, above):
                if is_image_name(entry.name):
                    yield name + "/", NAMED_LIKE_AN_IMAGE
                inside = Path(entry.path)
                way = [*above, inside.resolve()] if entry.is_symlink() else above
                yield from look(inside, name + "/", way)
            else:
                yield name, fault(entry)

    yield from look(Path(root), "", [resolved])


def _by_content(entry: os.DirEntry) -> str | None:
    """Why a file without the name of an image is none to be taken, or None."""
    unread = name_unread(entry.name)
    try:
        with open(entry.path, "rb") as file:
            start = file.read(_START)
    except OSError:
        start = b""
    for name, form in formats().items():
        if form.starts(start):
            if unread is None:
                return f"holds a {name} image, but its name does not say so"
            # raw images of cameras and DICOM begin as a TIFF does
            return unread if name == "TIFF" else None
    return unread or "not an image, by its name"


def composed(text: str) -> str:
    """The text in Unicode's composed form (NFC), which is what a keyboard types.

    Systems store letters with accents in two ways that look alike: macOS and archives
    made there often decomposed (NFD), most others composed.

    Example:
        >>> composed("e\u0301") == "\u00e9"
        True
    """
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def stable_ids(paths: Sequence[str]) -> list[str]:
    """Ids of files: their paths, composed, so that each system gives the same ones.

    Paths that are the same when they are composed stay as they are.

    Example:
        >>> stable_ids(["e\u0301.png", "a.png"]) == ["\u00e9.png", "a.png"]
        True
    """
    ids = [composed(path) for path in paths]
    times = Counter(ids)
    return [
        name if times[name] == 1 else path
        for name, path in zip(ids, paths, strict=True)
    ]


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
        stems = [other for other in stems if other[:_ALIKE] == stem[:_ALIKE]][:_MANY]
    close = difflib.get_close_matches(stem, stems, n=_NEAR)
    return [name for other in close for name in by_stem[other]][:_NEAR]


def _stem(name: str) -> str:
    return os.path.splitext(name.lower())[0]
