"""BMP."""

from __future__ import annotations

from PIL.BmpImagePlugin import BmpImageFile

from kpoc.pictures.format import Format, Picture, register_format
from kpoc.pictures.formats._conversion import read_with_pillow


@register_format("BMP")
class Bmp(Format):
    """Windows bitmaps. They hold no checksum."""

    suffixes = (".bmp", ".dib")

    @classmethod
    def starts(cls, data: bytes) -> bool:
        return data.startswith(b"BM")

    @classmethod
    def decode(cls, data: bytes, reduced: int) -> Picture:
        return read_with_pillow(BmpImageFile, data, "BMP", reduced)
