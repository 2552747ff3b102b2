"""TIFF."""

from __future__ import annotations

import io

import numpy as np
from PIL.TiffImagePlugin import TiffImageFile

from kpoc.pictures.format import Format, Picture, register_format, require_size
from kpoc.pictures.formats._conversion import DEEP, read_with_pillow, reading
from kpoc.pictures.formats._exif import read_orientation

_BITS, _SAMPLES, _PHOTOMETRIC = 258, 277, 262
_ROWS_PER_STRIP, _TILE_SIZE = 278, (322, 323)
_WHITE_IS_ZERO = 0


class _AsStored(TiffImageFile):
    """A page that is not turned, which Pillow does with a second picture."""

    def load_end(self) -> None:
        self._size = self.im.size


def _buffer(page: TiffImageFile) -> int:
    """Bytes of the strip or tile that is decompressed at a time."""
    if page.tile and page.tile[0][0] == "raw":
        return 0
    tags, (width, height) = page.tag_v2, page.size
    bits = max(tags.get(_BITS, (1,))) * max(tags.get(_SAMPLES, 1), 1)
    sides = tuple(tags.get(tag, 0) for tag in _TILE_SIZE)
    if not all(sides):
        longest = max(width, height)
        sides = longest, min(tags.get(_ROWS_PER_STRIP, longest), longest)
    require_size(*sides)
    return sides[0] * sides[1] * bits // 8


@register_format("TIFF")
class Tiff(Format):
    """TIFF: the first page."""

    suffixes = (".tif", ".tiff")

    @classmethod
    def starts(cls, data: bytes) -> bool:
        return data.startswith((b"II*\0", b"MM\0*"))

    @classmethod
    def decode(cls, data: bytes, reduced: int) -> Picture:
        with reading("TIFF"):
            page = _AsStored(io.BytesIO(data))
            require_size(*page.size)
            buffer, tags = _buffer(page), page.tag_v2
        # EXIF data are built as a TIFF is
        orientation = read_orientation(data)
        picture = read_with_pillow(
            _AsStored, data, "TIFF", reduced, orientation, besides=buffer
        )
        if 16 in tags.get(_BITS, ()):
            picture.notes.update(DEEP)
            if tags.get(_PHOTOMETRIC) == _WHITE_IS_ZERO:
                # Pillow turns values over where they have 8 bits or less
                np.subtract(255, picture.pixels, out=picture.pixels)
        return picture
