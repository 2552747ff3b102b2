"""GIF."""

from __future__ import annotations

from PIL.GifImagePlugin import GifImageFile

from kpoc.pictures.format import Format, Picture, register_format
from kpoc.pictures.formats._conversion import read_with_pillow


@register_format("GIF")
class Gif(Format):
    """GIF: the first frame. It holds no checksum."""

    suffixes = (".gif",)

    @classmethod
    def starts(cls, data: bytes) -> bool:
        return data.startswith((b"GIF87a", b"GIF89a"))

    @classmethod
    def decode(cls, data: bytes, reduced: int) -> Picture:
        return read_with_pillow(GifImageFile, data, "GIF", reduced)
