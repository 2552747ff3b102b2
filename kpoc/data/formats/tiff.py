"""TIFF."""

from __future__ import annotations

import dataclasses
import io

from PIL.TiffImagePlugin import TiffImageFile

from kpoc.data.format import Format, Picture, register_format
from kpoc.data.formats._conversion import DEEP, read_with_pillow
from kpoc.data.formats._exif import orientation_note, read_orientation

_BITS, _PHOTOMETRIC = 258, 262
_WHITE_IS_ZERO = 0


@register_format("TIFF")
class Tiff(Format):
    """TIFF: the first page."""

    suffixes = (".tif", ".tiff")

    @classmethod
    def starts(cls, data: bytes) -> bool:
        return data.startswith((b"II*\0", b"MM\0*"))

    @classmethod
    def decode(cls, data: bytes, reduced: int) -> Picture:
        picture = read_with_pillow(lambda: TiffImageFile(io.BytesIO(data)), "TIFF")
        tags = TiffImageFile(io.BytesIO(data)).tag_v2
        if 16 in tags.get(_BITS, ()):
            picture.notes.update(DEEP)
            if tags.get(_PHOTOMETRIC) == _WHITE_IS_ZERO:
                # Pillow turns values over where they have 8 bits or less
                picture = dataclasses.replace(picture, pixels=255 - picture.pixels)
        # Pillow has turned it; EXIF data are built as a TIFF is
        picture.notes.update(orientation_note(read_orientation(data)))
        return picture
