"""JPEG, with what libjpeg finds odd taken seriously: OpenCV and Pillow decode on."""

from __future__ import annotations

import numpy as np
import simplejpeg
from PIL.JpegImagePlugin import JpegImageFile

from kpoc.pictures.format import (
    Format,
    ImageFault,
    Picture,
    register_format,
    require_size,
    strips,
)
from kpoc.pictures.formats._conversion import GREY, INKS, read_with_pillow
from kpoc.pictures.formats._exif import orientation_note, turn_upright, upright_size
from kpoc.pictures.formats._jpeg_header import (
    BASELINE,
    EXTENDED,
    PROGRESSIVE,
    Header,
    read_header,
    require_scans,
)
from kpoc.pictures.formats._jpeg_mending import decode_mended
from kpoc.pictures.memory import decoding

_USUAL_FRAMES = {BASELINE, EXTENDED, PROGRESSIVE}
_CUT_OFF = "Premature end of JPEG file"
_USUAL_LUMA = (b"\x11", b"\x12", b"\x21", b"\x22", b"\x41", b"\x14")


@register_format("JPEG")
class Jpeg(Format):
    """JPEG: grey, colour, or the four inks of print; turned upright by EXIF.

    Any warning of libjpeg is a fault, unless it changes no pixel. JPEG holds no
    checksum, so damage can leave a file that is as valid as before: of 300 faces, with
    16 bytes of each overwritten in the middle, two thirds were found, with 512 bytes
    99.9 %.
    """

    suffixes = (".jpg", ".jpeg", ".jpe", ".jfif")

    @classmethod
    def starts(cls, data: bytes) -> bool:
        return data.startswith(b"\xff\xd8\xff")

    @classmethod
    def size(cls, data: bytes) -> tuple[int, int] | None:
        header = read_header(data)
        if not header.scanned or min(header.width, header.height) < 1:
            return None
        return upright_size(header.height, header.width, header.orientation)

    @classmethod
    def decode(cls, data: bytes, reduced: int) -> Picture:
        header = read_header(data)
        if header.frame is None or not header.scanned:
            raise ImageFault("cut off", "cut off JPEG (it ends within its header)")
        require_size(header.width, header.height)
        if header.frame not in _USUAL_FRAMES or header.precision != 8:
            raise ImageFault(
                "unsupported",
                f"a JPEG of a rare kind (frame {header.frame & 15}, "
                f"{header.precision} bits)",
            )
        if header.channels == 4 and not header.adobe:
            raise ImageFault(
                "unknown colours",
                "a CMYK JPEG without Adobe's marker: whether its inks are inverted "
                "cannot be told; save it as RGB",
            )
        if header.has_scans:
            require_scans(data)
        notes = {1: GREY, 4: INKS}.get(header.channels, {})
        notes = notes | orientation_note(header.orientation)
        try:
            pixels, mended = _in_room(data, header, reduced)
        except ImageFault:
            raise
        except ValueError as error:
            words = str(error)
            if "memory" in words.lower():
                raise MemoryError(words) from error
            if "subsampling" in words and _is_unusual(header):
                return _read_unusual(data, header)
            kind = "cut off" if words == _CUT_OFF else "damaged"
            raise ImageFault(kind, f"{kind} JPEG ({words})") from error
        size = upright_size(header.height, header.width, header.orientation)
        return Picture(pixels, "JPEG", *size[::-1], notes | mended)


def _is_unusual(header: Header) -> bool:
    """Whether chroma has more than the least samples, or luma is sampled oddly."""
    luma, chroma = header.sampling[:1], header.sampling[1:]
    return luma not in _USUAL_LUMA or bool(set(chroma) - {0x11})


def _read_unusual(data: bytes, header: Header) -> Picture:
    picture = read_with_pillow(
        JpegImageFile,
        data,
        "JPEG",
        orientation=header.orientation,
        besides=header.coefficients,
    )
    picture.notes["unusual sampling"] = "read, but not searched for damage"
    return picture


def _in_room(
    data: bytes, header: Header, reduced: int
) -> tuple[np.ndarray, dict[str, str]]:
    """Upright pixels, and notes on what was mended.

    Raises:
        ImageFault: It takes too much memory.
        ValueError: It is damaged.
    """
    pixels = header.width * header.height
    # the result, before and after it is turned; of a check it is a 64th
    made = 0 if reduced == 1 else 2 * max(3, header.channels) * pixels

    def decode(content: bytes) -> np.ndarray:
        return _decode(content, header.channels, reduced)

    with decoding(data, header.coefficients, made):
        try:
            found, notes = decode(data), {}
        except ValueError as error:
            found, notes = decode_mended(decode, data, header, error)
        return turn_upright(found, header.orientation), notes


def _decode(data: bytes, channels: int, reduced: int) -> np.ndarray:
    # Down to an eighth of the size: all the data is decoded, fewer pixels are made.
    size = {"min_height": reduced, "min_width": reduced} if reduced else {}
    if channels != 4:
        return simplejpeg.decode_jpeg(data, "RGB", strict=True, **size)
    inks = simplejpeg.decode_jpeg(data, "CMYK", strict=True, **size)
    pixels = np.empty((*inks.shape[:2], 3), np.uint8)
    for rows in strips(*inks.shape[:2]):
        # With Adobe's marker 255 stands for no ink.
        deep = inks[rows].astype(np.uint16)
        pixels[rows] = (deep[..., :3] * deep[..., 3:] + 127) // 255
    return pixels
