"""An image file to RGB pixels: the one decoder that every reader of images uses."""

from __future__ import annotations

import contextlib
import functools
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from kpoc.ground.ranges import find
from kpoc.pictures.foreign import name_foreign, name_unread
from kpoc.pictures.format import Format, ImageFault, Picture, formats, strips
from kpoc.pictures.memory import FILES, MAX_BYTES

_TINY = 16
_DARK = 16
_HEAD = 2**16


def read_image(path: str | Path, reduced: int = 0) -> np.ndarray:
    """Decodes an image file to uint8 RGB of shape (H, W, 3).

    The picture is what a viewer shows: turned upright by its EXIF orientation, the
    first frame of several, laid on white where it is transparent, 16 bits cut to
    the upper 8, CMYK converted, grey in all three channels. The file's content
    decides on its format, not its name.

    Args:
        path: The file.
        reduced: A picture whose sides have this many pixels or more will do, which
            takes less time where the format allows it; 0 for the whole picture.

    Raises:
        OSError: The file can't be read.
        ValueError: It holds no whole image: it is no image, damaged, cut off, or larger
            than `kpoc.pictures.format.MAX_PIXELS` and `MAX_SIDE` allow.
    """
    try:
        with _content(path) as data:
            return decode(data, reduced).pixels
    except ImageFault as error:
        raise ValueError(
            f"`path` must hold a whole image. Received: {path}: {error}"
        ) from error


def examine(path: str | Path) -> Picture:
    """Decodes an image file as `read_image` does, but to fewer pixels.

    All the data is decoded, so it finds the faults that `read_image` finds.

    Returns:
        The picture, with notes also on what is odd about it.

    Raises:
        OSError: The file can't be read.
        ImageFault: It holds no whole image.
    """
    with _content(path) as data:
        picture = decode(data, reduced=1)
    picture.notes.update(_oddities(str(path), picture))
    return picture


@contextlib.contextmanager
def _content(path: str | Path) -> Iterator[bytes]:
    """What an image file holds, for as long as there is room for it.

    Raises:
        OSError: The file can't be read.
        ImageFault: It is empty, no image, too large, or none that ends, such as a pipe;
            or there was too little memory within the block.
    """
    place = find(path)
    if not stat.S_ISREG(place.mode):
        what = "a folder" if stat.S_ISDIR(place.mode) else "a pipe or a device"
        raise ImageFault("not a file", f"{what}, not a file")
    # no more of what is no image, however large it is
    if not (head := place.read(_HEAD)):
        raise ImageFault("empty", "empty file")
    _format(head)
    if place.size > MAX_BYTES:
        raise ImageFault(
            "enormous",
            f"a file of {place.size / 1e6:,.0f} MB, more than "
            f"{MAX_BYTES / 1e6:,.0f} MB",
        )
    with FILES.hold(place.size), _memory_is_enough():
        yield head if place.size <= _HEAD else place.read(MAX_BYTES)


@contextlib.contextmanager
def _memory_is_enough() -> Iterator[None]:
    try:
        yield
    except MemoryError as error:
        raise ImageFault(
            "too little memory", "the system gives too little memory to decode it"
        ) from error


def _format(data: bytes) -> type[Format]:
    """The format of a file that starts with these bytes.

    Raises:
        ImageFault: None that is read here.
    """
    for form in formats().values():
        if form.starts(data):
            return form
    raise ImageFault("not an image", name_foreign(data))


def reducible_size(path: str | Path) -> tuple[int, int] | None:
    """Height and width of an image that `read_image` can reduce, else None.

    None as well if the file is none that can be used: `read_image` says why.

    Raises:
        OSError: The file can't be read.
    """
    try:
        with _content(path) as data:
            return _format(data).size(data)
    except ImageFault:
        return None


def decode(data: bytes, reduced: int = 0) -> Picture:
    """Decodes the bytes of an image file.

    Args:
        data: The file's content.
        reduced: A picture whose sides have this many pixels or more will do, as long
            as all the data is looked at; 0 for the whole picture.

    Raises:
        ImageFault: They are no whole image.
    """
    return _format(data).decode(data, reduced)


@functools.cache
def _formats_by_suffix() -> dict[str, str]:
    return {s: name for name, form in formats().items() for s in form.suffixes}


def _oddities(path: str, picture: Picture) -> dict[str, str]:
    """Notes on what was read well but is hardly what somebody wanted."""
    found, suffix = {}, os.path.splitext(path)[1].lower()
    named = _formats_by_suffix().get(suffix, name_unread(path) or picture.format)
    if named != picture.format:
        found["wrong name"] = f"ends in {suffix}, read as the {picture.format} it is"
    if min(picture.width, picture.height) < _TINY:
        found["tiny"] = f"{picture.width} x {picture.height} pixels"
    pixels, first = picture.pixels, picture.pixels[0, 0]
    if all((pixels[rows] == first).all() for rows in strips(*pixels.shape[:2])):
        found["one colour"] = f"RGB {tuple(first.tolist())} all over"
    elif (highest := pixels.max()) < _DARK:
        found["almost black"] = f"no value above {highest} of 255"
    return found
