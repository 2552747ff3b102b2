"""PBM, PGM and PPM."""

from __future__ import annotations

from PIL.PpmImagePlugin import PpmImageFile

from kpoc.pictures.format import Format, Picture, register_format
from kpoc.pictures.formats._conversion import read_with_pillow


@register_format("PNM")
class Pnm(Format):
    """The portable maps of bits, greys and colours. They hold no checksum."""

    suffixes = (".pbm", ".pgm", ".ppm", ".pnm")

    @classmethod
    def starts(cls, data: bytes) -> bool:
        return data[:1] == b"P" and data[1:2] in b"123456" and data[2:3].isspace()

    @classmethod
    def decode(cls, data: bytes, reduced: int) -> Picture:
        return read_with_pillow(PpmImageFile, data, "PNM", reduced)
