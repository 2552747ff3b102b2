"""The one thing that EXIF says about pixels: which way up they are."""

from __future__ import annotations

import numpy as np

_ORIENTATION = 0x0112
_SIZES = {
    3: 2,
    4: 4,
    6: 1,
    8: 2,
    9: 4,
    13: 4,
    16: 8,
}  # types, and the bytes they take
_TURNS = {
    2: "mirrored",
    3: "turned by 180 degrees",
    4: "flipped upside down",
    5: "mirrored along its diagonal",
    6: "turned by 90 degrees clockwise",
    7: "mirrored along its other diagonal",
    8: "turned by 90 degrees counter-clockwise",
}


def read_orientation(exif: bytes) -> int:
    """The orientation, 1 to 8, in a block of EXIF data; 1 where it gives none.

    Source:
        TIFF 6.0, section 2 (header and first directory) and tag 274.

    Example:
        >>> read_orientation(b"no EXIF at all")
        1
    """
    exif = exif.removeprefix(b"Exif\0\0")
    order = {b"II*\0": "little", b"MM\0*": "big"}.get(exif[:4])
    if order is None:
        return 1

    def number(at: int, size: int) -> int:
        return int.from_bytes(exif[at : at + size], order)

    start = number(4, 4)
    for entry in range(number(start, 2)):
        at = start + 2 + 12 * entry
        if at + 12 > len(exif):
            break
        size = _SIZES.get(number(at + 2, 2))
        if number(at, 2) == _ORIENTATION and size:
            # where they do not fit into the entry, it says where the values are
            fits = size * number(at + 4, 4) <= 4
            value = number(at + 8 if fits else number(at + 8, 4), size)
            return value if value in _TURNS else 1
    return 1


def upright_size(height: int, width: int, orientation: int) -> tuple[int, int]:
    """Height and width of what is stored with an orientation of 1 to 8."""
    return (width, height) if orientation >= 5 else (height, width)


def as_stored(upright: np.ndarray, orientation: int) -> np.ndarray:
    """A view of an upright picture (H, W, 3) as it lies in the file.

    What is written into it is turned upright, without a second picture.
    """
    if orientation in (3, 4, 7, 8):
        upright = upright[::-1]
    if orientation in (2, 3, 6, 7):
        upright = upright[:, ::-1]
    return upright.swapaxes(0, 1) if orientation >= 5 else upright


def turn_upright(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """Undoes an orientation of 1 to 8 on pixels (H, W, 3)."""
    if orientation == 1:
        return np.ascontiguousarray(pixels)
    height, width = pixels.shape[:2]
    upright = np.empty((*upright_size(height, width, orientation), 3), np.uint8)
    as_stored(upright, orientation)[:] = pixels
    return upright


def orientation_note(orientation: int) -> dict[str, str]:
    """The note on a picture that was turned; none for 1."""
    if orientation == 1:
        return {}
    return {"EXIF orientation": f"{orientation}: {_TURNS[orientation]}, as viewers do"}
