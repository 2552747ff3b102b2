"""PNG, every checksum verified."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from PIL.PngImagePlugin import PngImageFile

from kpoc.pictures.format import (
    Format,
    ImageFault,
    Picture,
    register_format,
    require_size,
)
from kpoc.pictures.formats._conversion import DEEP, read_with_pillow
from kpoc.pictures.formats._exif import read_orientation

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_MAX_CHUNKS = 2**20


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Type and content of every chunk up to the end.

    Source:
        PNG specification (third edition), 5.3.

    Raises:
        ImageFault: A checksum is wrong, or the end is not there.
    """
    at, kind, count = len(_SIGNATURE), b"", 0
    while kind != b"IEND":
        count += 1
        if count > _MAX_CHUNKS:
            raise ImageFault("damaged", f"damaged PNG (over {_MAX_CHUNKS:,} chunks)")
        length = int.from_bytes(data[at : at + 4], "big")
        end = at + 12 + length
        if end > len(data):
            raise ImageFault("cut off", "cut off PNG (it ends before its end chunk)")
        kind, body = data[at + 4 : at + 8], data[at + 8 : end - 4]
        if zlib.crc32(data[at + 4 : end - 4]) != int.from_bytes(data[end - 4 : end]):
            name = kind.decode("ascii", "replace")
            raise ImageFault("damaged", f"damaged PNG (checksum of chunk {name!r})")
        yield kind, body
        at = end


@register_format("PNG")
class Png(Format):
    """PNG: grey, palette, colour, with alpha, of 1 to 16 bits; the still picture."""

    suffixes = (".png", ".apng")

    @classmethod
    def starts(cls, data: bytes) -> bool:
        return data.startswith(_SIGNATURE)

    @classmethod
    def decode(cls, data: bytes, reduced: int) -> Picture:
        exif, deep = b"", False
        for kind, body in _chunks(data):
            if kind == b"IHDR":
                width, height = (int.from_bytes(body[i : i + 4]) for i in (0, 4))
                require_size(width, height)
                deep = body[8:9] == b"\x10"
            elif kind == b"eXIf" and not exif and body[:2] in (b"II", b"MM"):
                # the first, as libpng and browsers do; Pillow takes the last
                exif = body
        picture = read_with_pillow(
            PngImageFile, data, "PNG", reduced, read_orientation(exif)
        )
        if deep:
            picture.notes.update(DEEP)
        return picture
