"""TIFF."""

from __future__ import annotations

import io

from PIL.TiffImagePlugin import TiffImageFile

from kpoc.data.format import Format, Picture, register_format
from kpoc.data.formats._conversion import read_with_pillow
from kpoc.data.formats._exif import orientation_note, read_orientation


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
        # Pillow has turned it; EXIF data are built as a TIFF is
        picture.notes.update(orientation_note(read_orientation(data)))
        return picture
