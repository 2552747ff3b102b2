"""An image file to RGB pixels: the one decoder that every reader of images uses."""

from __future__ import annotations

import functools
import os
import stat
from pathlib import Path

import numpy as np

from kpoc.data.foreign import name_foreign, name_unread
from kpoc.data.format import ImageFault, Picture, formats
from kpoc.data.ranges import find

_TINY = 16
_DARK = 16


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
        ValueError: It holds no whole image: it is no image, damaged, cut off, or more
            than `kpoc.data.format.MAX_PIXELS` large.
    """
    try:
        return decode(read_file(path), reduced).pixels
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
    picture = decode(read_file(path), reduced=1)
    picture.notes.update(_oddities(str(path), picture))
    return picture


def read_file(path: str | Path) -> bytes:
    """Reads a file that holds something.

    Raises:
        OSError: The file can't be read.
        ImageFault: It is empty, or none that ends, such as a pipe.
    """
    place = find(path)
    if not stat.S_ISREG(place.mode):
        what = "a folder" if stat.S_ISDIR(place.mode) else "a pipe or a device"
        raise ImageFault("not a file", f"{what}, not a file")
    data = place.read()
    if not data:
        raise ImageFault("empty", "empty file")
    return data


def reducible_size(path: str | Path) -> tuple[int, int] | None:
    """Height and width of an image that `read_image` can reduce, else None.

    None as well if the file is none that can be used: `read_image` says why.

    Raises:
        OSError: The file can't be read.
    """
    try:
        data = read_file(path)
    except ImageFault:
        return None
    for form in formats().values():
        if form.starts(data):
            return form.size(data)
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
    for form in formats().values():
        if form.starts(data):
            return form.decode(data, reduced)
    raise ImageFault("not an image", name_foreign(data))


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
    colours = picture.pixels.reshape(-1, 3)
    if (colours == colours[0]).all():
        found["one colour"] = f"RGB {tuple(colours[0].tolist())} all over"
    elif (highest := colours.max()) < _DARK:
        found["almost black"] = f"no value above {highest} of 255"
    return found
