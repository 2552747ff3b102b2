"""What an image format is: bytes to upright RGB pixels, or the reason why not.

A format is a class in a file of its own in `kpoc/pictures/formats/`, registered under
the name that people know it by. Its decoder either gives the picture as a viewer shows
it, with a note on everything that had to be converted, or refuses.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from kpoc.ground.errors import UserError
from kpoc.ground.registry import Registry

MAX_PIXELS = 2**27
"""Width times height that is still decoded: 134 megapixels, 400 MB as RGB.

All threads of a process share the memory for decoding (`kpoc.pictures.memory`). A
check, which needs the pixels only to look for faults, stays below 1 GB in all; a whole
picture of this size takes up to 1.2 GB for itself. Where a decoder needs more than 6
bytes a pixel, fewer pixels are decoded: 102 megapixels of WebP (48 of an animated one),
or of CMYK in a progressive JPEG.
"""

MAX_SIDE = 2**15 - 2
"""Pixels of a side that are still decoded: OpenCV 4 cannot warp longer ones."""


class ImageFault(UserError, ValueError):
    """An image file that must not be used.

    Attributes:
        kind: The kind of fault, in one or two words, the same for all such files.
        reason: What is wrong with this file.
    """

    def __init__(self, kind: str, reason: str):
        self.kind, self.reason = kind, reason
        super().__init__(reason)


@dataclass(frozen=True)
class Picture:
    """A decoded image.

    Attributes:
        pixels: Upright RGB, uint8 (H, W, 3); smaller than the image if it was decoded
            for a check only.
        format: The format's name.
        width: Width of the whole, upright image in pixels.
        height: Height of the same.
        notes: What had to be converted and how, by kind.
    """

    pixels: np.ndarray
    format: str
    width: int
    height: int
    notes: dict[str, str] = field(default_factory=dict)


class Format:
    """Base of all formats.

    Attributes:
        suffixes: Endings of file names, in lower case, with the dot.
    """

    suffixes: ClassVar[tuple[str, ...]]

    @classmethod
    def starts(cls, data: bytes) -> bool:
        """Whether a file with these bytes is of this format."""
        raise NotImplementedError

    @classmethod
    def size(cls, data: bytes) -> tuple[int, int] | None:
        """Height and width of the upright picture, if the format can be reduced.

        None if it cannot, or if the file is too damaged to tell.
        """
        return None

    @classmethod
    def decode(cls, data: bytes, reduced: int) -> Picture:
        """Decodes a whole file.

        Args:
            data: The file's bytes, which start as the format does.
            reduced: A picture whose sides have this many pixels or more will do, as
                long as all the data is looked at; 0 for the whole picture.

        Raises:
            ImageFault: Damaged, too large, or of a kind that cannot be converted.
        """
        raise NotImplementedError


FORMATS: Registry[type[Format]] = Registry("image format", "kpoc.pictures.formats")
register_format = FORMATS.register


@functools.cache
def formats() -> dict[str, type[Format]]:
    """All formats by name."""
    return {name: FORMATS.get(name) for name in FORMATS.names()}


def image_suffixes() -> set[str]:
    """Endings of the names of image files, in lower case, with the dot.

    Example:
        >>> ".jpg" in image_suffixes(), ".txt" in image_suffixes()
        (True, False)
    """
    return {suffix for form in formats().values() for suffix in form.suffixes}


def require_size(width: int, height: int) -> None:
    """Refuses sizes that a file's header gives, before anything is decoded.

    Raises:
        ImageFault: No pixels, more than `MAX_PIXELS`, or a side above `MAX_SIDE`.
    """
    if min(width, height) < 1:
        raise ImageFault("damaged", f"the header says {width} x {height} pixels")
    if width * height > MAX_PIXELS:
        raise ImageFault(
            "enormous",
            f"{width} x {height} pixels, more than {MAX_PIXELS / 1e6:.0f} million",
        )
    if max(width, height) > MAX_SIDE:
        raise ImageFault(
            "enormous", f"{width} x {height} pixels, a side of more than {MAX_SIDE:,}"
        )


def strips(
    height: int, width: int, pixels: int = 2**18, multiple: int = 1
) -> Iterator[slice]:
    """Rows of a picture, as many at a time as have about that many pixels.

    What is done to a whole picture at once takes several times its memory. All but the
    last strip have a number of rows that is a multiple of `multiple`.

    Example:
        >>> list(strips(5, 100, pixels=200))
        [slice(0, 2, None), slice(2, 4, None), slice(4, 5, None)]
    """
    rows = max(1, pixels // width // multiple) * multiple
    for top in range(0, height, rows):
        yield slice(top, min(top + rows, height))
