"""WebP."""

from __future__ import annotations

import io

import numpy as np
from PIL.WebPImagePlugin import WebPImageFile

from kpoc.pictures.format import (
    Format,
    ImageFault,
    Picture,
    register_format,
    require_size,
)
from kpoc.pictures.formats._conversion import (
    TRANSPARENT,
    compose,
    read_with_pillow,
    reading,
    scale_of,
)
from kpoc.pictures.formats._exif import orientation_note, read_orientation, upright_size
from kpoc.pictures.memory import PIXELS, decoding

# Bytes that a pixel takes, measured: libwebp's own and what comes out of it.
_BY_PILLOW, _BY_OPENCV = 17, 8
_LARGE = PIXELS.total // _BY_PILLOW
_ANIMATION = 2
_SHORTEST = 32


def _size(data: bytes) -> tuple[int, int]:
    """Width and height, from the first chunk.

    Source:
        RFC 9649, 2.7 (VP8X) and 3.4 (VP8L); RFC 6386, 9.1 (VP8).
    """
    kind = data[12:16]
    if kind == b"VP8X":
        return tuple(1 + int.from_bytes(data[i : i + 3], "little") for i in (24, 27))
    if kind == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    return tuple(int.from_bytes(data[i : i + 2], "little") & 0x3FFF for i in (26, 28))


def _orientation(data: bytes, end: int) -> int:
    """The orientation that the first EXIF chunk gives.

    Raises:
        ImageFault: The chunks do not fill the file.
    """
    at, exif = 12, None
    while at + 8 <= end:
        stop = at + 8 + int.from_bytes(data[at + 4 : at + 8], "little")
        if stop > end:
            raise ImageFault("cut off", "cut off WebP (it ends within a chunk)")
        if data[at : at + 4] == b"EXIF" and exif is None:
            exif = data[at + 8 : stop]
        at = stop + stop % 2
    if at < end:
        raise ImageFault("damaged", "damaged WebP (bytes that belong to no chunk)")
    return read_orientation(exif or b"")


@register_format("WebP")
class WebP(Format):
    """WebP, lossy or not: the first frame.

    It holds no checksum: what is found is a cut off file, or a broken structure.
    """

    suffixes = (".webp",)

    @classmethod
    def starts(cls, data: bytes) -> bool:
        return data[:4] == b"RIFF" and data[8:12] == b"WEBP"

    @classmethod
    def decode(cls, data: bytes, reduced: int) -> Picture:
        said = 8 + int.from_bytes(data[4:8], "little")
        if said > len(data):
            raise ImageFault(
                "cut off", f"cut off WebP ({len(data)} of its {said} bytes)"
            )
        # here, since Pillow makes room for the whole canvas when it opens the file
        width, height = _size(data)
        require_size(width, height)
        orientation = _orientation(data, said)
        animated = data[12:16] == b"VP8X" and data[20] & _ANIMATION
        if width * height > _LARGE and not animated:
            return _read_large(data, width, height, orientation, reduced)
        besides = (_BY_PILLOW - 4) * width * height
        return read_with_pillow(
            WebPImageFile, data, "WebP", reduced, orientation, besides
        )


def _read_large(
    data: bytes, width: int, height: int, orientation: int, reduced: int
) -> Picture:
    """Reads what is no animation with OpenCV: in half of Pillow's memory.

    It does not find that the data of the pixels end too early.
    """
    # here, since it takes long to load and hardly any folder holds such pictures
    import cv2

    with reading("WebP"):
        # looks at the structure of the whole file, and decodes nothing
        WebPImageFile(io.BytesIO(data))
    scale, pixels = scale_of(width, height, reduced), width * height
    # OpenCV does not look at files shorter than this
    content = np.frombuffer(data.ljust(_SHORTEST, b"\0"), np.uint8)
    with decoding(data, _BY_OPENCV * pixels):
        try:
            read = cv2.imdecode(content, cv2.IMREAD_UNCHANGED)
        except cv2.error as error:
            if error.code == cv2.Error.StsNoMem:
                raise MemoryError from error
            read = None
        if read is None or read.shape[:2] != (height, width) or read.ndim != 3:
            raise ImageFault("damaged", "damaged WebP (libwebp does not decode it)")
        channels = [2, 1, 0, 3][: read.shape[2]]
        upright, opaque = compose(
            lambda rows: read[rows][..., channels], read.shape[:2], orientation, scale
        )
    height, width = upright_size(height, width, orientation)
    notes = ({} if opaque else TRANSPARENT) | orientation_note(orientation)
    notes["large WebP"] = "read, but not searched for all damage"
    return Picture(upright, "WebP", width, height, notes)
