"""The images below a folder, as every verb that is given a folder takes them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kpoc.pictures.foreign import name_unread
from kpoc.pictures.images import Finding
from kpoc.pictures.paths import (
    LEADS_OUT,
    NO_UTF8,
    Links,
    images_below,
    is_left_out_image,
)


@dataclass(frozen=True)
class FoundImages:
    """What there is below a folder.

    Attributes:
        names: Paths, relative to the folder, of what is read as an image; of broken
            links too, and of whatever else has the name of an image, so that the
            reader says what is wrong with it.
        refused: Images that are not read, and why.
        passed_over: (path, reason) of everything else.
    """

    names: list[str]
    refused: list[Finding]
    passed_over: list[tuple[str, str]]


def find_images(folder: Path, links: Links = "inside") -> FoundImages:
    """Finds the images below a folder.

    Args:
        folder: The folder.
        links: As in `images_below`.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> (folder / "notes.txt").write_text("x")
        1
        >>> find_images(folder).passed_over
        [('notes.txt', 'not an image, by its name')]
    """
    found = FoundImages([], [], [])
    for path, reason in images_below(folder, links):
        closed = path.endswith("/")
        if reason is None or closed:
            found.names.append(path.rstrip("/"))
        elif not is_left_out_image(path, reason):
            found.passed_over.append((path, reason))
        elif reason == LEADS_OUT:
            found.refused.append(Finding(path, "link", reason))
        elif reason in (NO_UTF8, name_unread(path)):
            found.refused.append(Finding(path, "unsupported", reason))
        else:
            found.names.append(path)
    return found


def describe_passed_over(passed_over: list[tuple[str, str]]) -> str:
    """In one line how many files were passed over, by reason.

    Example:
        >>> describe_passed_over([("._a.png", "hidden"), (".git", "hidden")])
        'passed over: 2 hidden'
    """
    counts: dict[str, int] = {}
    for _, reason in passed_over:
        counts[reason] = counts.get(reason, 0) + 1
    return "passed over: " + ", ".join(f"{n:,} {why}" for why, n in counts.items())
