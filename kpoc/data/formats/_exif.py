"""The one thing that EXIF says about pixels: which way up they are."""

from __future__ import annotations

import numpy as np

_ORIENTATION = 0x0112
_SHORT = 3
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
        if number(at, 2) == _ORIENTATION and number(at + 2, 2) == _SHORT:
            value = number(at + 8, 2)
            return value if value in _TURNS else 1
    return 1


def turn_upright(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """Undoes an orientation of 1 to 8 on pixels (H, W, 3)."""
    if orientation >= 5:
        pixels = pixels.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)


def orientation_note(orientation: int) -> dict[str, str]:
    """The note on a picture that was turned; none for 1."""
    if orientation == 1:
        return {}
    return {"EXIF orientation": f"{orientation}: {_TURNS[orientation]}, as viewers do"}
