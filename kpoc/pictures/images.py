"""Checks many image files by the decoder that training and prediction use."""

from __future__ import annotations

import errno
import os
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from kpoc.ground.threads import in_threads
from kpoc.pictures.decode import examine
from kpoc.pictures.format import ImageFault

_THREADS = 4
_REPORTED = 256


@dataclass(frozen=True)
class Finding:
    """What the check of one file found.

    Attributes:
        path: The file.
        kind: The kind of fault, in one or two words, or None if it can be used.
        reason: What is wrong, or None.
        format: The image format's name, or None.
        size: Width and height in pixels, upright, or None.
        notes: What a decoder converts or what is odd, in words, by kind.
    """

    path: str
    kind: str | None = None
    reason: str | None = None
    format: str | None = None
    size: tuple[int, int] | None = None
    notes: dict[str, str] = field(default_factory=dict)


def check_image(path: str | Path) -> Finding:
    """Reads and decodes one file in full.

    Example:
        >>> check_image("nothing.png").kind
        'missing'
    """
    try:
        picture = examine(path)
    except ImageFault as fault:
        return Finding(str(path), fault.kind, fault.reason)
    except OSError as error:
        return Finding(str(path), *_words(error, path))
    return Finding(
        str(path),
        format=picture.format,
        size=(picture.width, picture.height),
        notes=picture.notes,
    )


def _words(error: OSError, path: str | Path) -> tuple[str, str]:
    """Kind and reason of a file that the system does not give."""
    if isinstance(error, FileNotFoundError):
        if os.path.islink(path):
            return "broken link", f"a link to {os.readlink(path)}, which is not there"
        return "missing", "no such file"
    if error.errno == errno.ELOOP:
        return "broken link", "a link that leads back to itself"
    if isinstance(error, PermissionError):
        return "no permission", "not readable: permission denied"
    return "unreadable", f"not readable: {error.strerror}"


def check_images(
    paths: Iterable[str | Path],
    threads: int = _THREADS,
    progress: Callable[[int], None] = lambda done: None,
) -> list[Finding]:
    """Reads and decodes every file in full.

    About 5,000 small JPEGs a second on two cores.

    Args:
        paths: The image files.
        threads: Number of threads.
        progress: Called with the number of files done, now and then.

    Returns:
        A finding a file, in the order of `paths`.
    """
    found = []
    for finding in _checked(paths, threads):
        found.append(finding)
        if len(found) % _REPORTED == 0:
            progress(len(found))
    progress(len(found))
    return found


def _checked(paths: Iterable[str | Path], threads: int) -> Iterator[Finding]:
    with warnings.catch_warnings():
        # about oddities of metadata, without the name of the file
        warnings.filterwarnings("ignore", module="PIL")
        yield from in_threads(check_image, paths, threads)


def find_unreadable(
    paths: Iterable[str | Path], threads: int = _THREADS
) -> list[tuple[str, str]]:
    """Finds the images that cannot be used, by `check_image`; keeps no more than those.

    Args:
        paths: The image files.
        threads: Number of threads.

    Returns:
        (path, reason) of each bad file, in the order of `paths`.

    Example:
        >>> find_unreadable(["nothing.png"])
        [('nothing.png', 'no such file')]
    """
    return [(one.path, one.reason) for one in _checked(paths, threads) if one.kind]
