"""JPEG, with what libjpeg finds odd taken seriously: OpenCV and Pillow decode on."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
import simplejpeg
from PIL.JpegImagePlugin import JpegImageFile

from kpoc.data.format import (
    Format,
    ImageFault,
    Picture,
    register_format,
    require_size,
)
from kpoc.data.formats._conversion import GREY, INKS, read_with_pillow
from kpoc.data.formats._exif import orientation_note, read_orientation, turn_upright

_NO_LENGTH = {0x01, *range(0xD0, 0xD9)}
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_USUAL_FRAMES = {0xC0, 0xC1, 0xC2}  # baseline, extended, progressive
_APP1, _APP14, _START_OF_SCAN = 0xE1, 0xEE, 0xDA
_USUAL_LUMA = (b"\x11", b"\x12", b"\x21", b"\x22", b"\x41", b"\x14")
_CUT_OFF = "Premature end of JPEG file"


@dataclass
class _Header:
    """What stands before the picture's data.

    Attributes:
        frame: Marker of the frame, its second byte; None if there is none.
        precision: Bits a sample.
        height: Height in pixels as stored, not turned.
        width: Width of the same.
        channels: Number of channels.
        sampling: Horizontal and vertical sampling of each channel, a byte each.
        adobe: Whether Adobe's marker is there.
        orientation: EXIF orientation, 1 to 8.
        whole: Whether the picture's data begins after it.
    """

    frame: int | None = None
    precision: int = 8
    height: int = 0
    width: int = 0
    channels: int = 3
    sampling: bytes = b""
    adobe: bool = False
    orientation: int = 1
    whole: bool = False


def _read_header(data: bytes) -> _Header:
    """Walks through the segments up to the picture's data.

    Source:
        ITU-T T.81, annex B (segments, frame header); Adobe's marker: T.872, 6.5.3.
    """
    header, at = _Header(), 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker in _NO_LENGTH:
            at += 2
            continue
        if marker == _START_OF_SCAN:
            header.whole = True
            break
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        body = data[at + 4 : at + 2 + length]
        if marker in _FRAMES and len(body) >= 6:
            header.frame, header.precision = marker, body[0]
            header.height = int.from_bytes(body[1:3], "big")
            header.width = int.from_bytes(body[3:5], "big")
            header.channels = body[5]
            header.sampling = body[7::3]
        elif marker == _APP14 and body.startswith(b"Adobe"):
            header.adobe = True
        elif marker == _APP1 and body.startswith(b"Exif\0\0"):
            header.orientation = read_orientation(body)
        at += 2 + length
    return header


@register_format("JPEG")
class Jpeg(Format):
    """JPEG: grey, colour, or the four inks of print; turned upright by EXIF.

    Any warning of libjpeg is a fault. JPEG holds no checksum, so damage can leave a
    file that is as valid as before: of 300 faces, with 16 bytes of each overwritten
    in the middle, two thirds were found, with 512 bytes 99.9 %.
    """

    suffixes = (".jpg", ".jpeg", ".jpe", ".jfif")

    @classmethod
    def starts(cls, data: bytes) -> bool:
        return data.startswith(b"\xff\xd8\xff")

    @classmethod
    def size(cls, data: bytes) -> tuple[int, int] | None:
        header = _read_header(data)
        if not header.whole or min(header.width, header.height) < 1:
            return None
        upright = header.orientation < 5
        sides = (header.height, header.width)
        return sides if upright else sides[::-1]

    @classmethod
    def decode(cls, data: bytes, reduced: int) -> Picture:
        header = _read_header(data)
        if header.frame is None or not header.whole:
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
        try:
            pixels = _decode(data, header, reduced)
        except ValueError as error:
            words = str(error)
            if "subsampling" in words and _is_unusual(header):
                return _read_unusual(data, header)
            kind = "cut off" if words == _CUT_OFF else "damaged"
            raise ImageFault(kind, f"{kind} JPEG ({words})") from error
        width, height = header.width, header.height
        if header.orientation >= 5:
            width, height = height, width
        notes = {1: GREY, 4: INKS}.get(header.channels, {})
        notes = notes | orientation_note(header.orientation)
        pixels = turn_upright(pixels, header.orientation)
        return Picture(pixels, "JPEG", width, height, notes)


def _is_unusual(header: _Header) -> bool:
    """Whether chroma has more than the least samples, or luma is sampled oddly."""
    luma, chroma = header.sampling[:1], header.sampling[1:]
    return luma not in _USUAL_LUMA or bool(set(chroma) - {0x11})


def _read_unusual(data: bytes, header: _Header) -> Picture:
    picture = read_with_pillow(
        lambda: JpegImageFile(io.BytesIO(data)), "JPEG", header.orientation
    )
    picture.notes["unusual sampling"] = "read, but not searched for damage"
    return picture


def _decode(data: bytes, header: _Header, reduced: int) -> np.ndarray:
    # Down to an eighth of the size: all the data is decoded, fewer pixels are made.
    size = {"min_height": reduced, "min_width": reduced} if reduced else {}
    if header.channels != 4:
        return simplejpeg.decode_jpeg(data, "RGB", strict=True, **size)
    # With Adobe's marker 255 stands for no ink.
    inks = simplejpeg.decode_jpeg(data, "CMYK", strict=True, **size).astype(np.uint16)
    return ((inks[..., :3] * inks[..., 3:] + 127) // 255).astype(np.uint8)
