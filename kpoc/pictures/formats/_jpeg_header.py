"""What stands in a JPEG besides the data of its pixels."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from kpoc.pictures.format import ImageFault
from kpoc.pictures.formats._exif import read_orientation

APP0, APP1, APP2, APP14 = 0xE0, 0xE1, 0xE2, 0xEE
START_OF_SCAN, END = 0xDA, 0xD9
BASELINE, EXTENDED, PROGRESSIVE = 0xC0, 0xC1, 0xC2
MAX_SCANS = 100
"""Scans that are still decoded.

Each passes over the whole picture, so a small file of thousands takes minutes. Encoders
write about ten; libtiff allows as many as here. The 500 of libjpeg-turbo's own tests
take half a minute for the largest picture.
"""

_MAX_SEGMENTS = 10_000
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_NO_LENGTH = {0x01, 0xD8}
# neither filling bytes nor, within a scan, a stuffed zero or a restart
_MARKER = re.compile(rb"\xff([^\x00\xd0-\xd7\xff])")
_COEFFICIENT, _BLOCK = 2, 8


class Segment(NamedTuple):
    """A marker with what belongs to it.

    Attributes:
        marker: The marker's second byte.
        start: Where the marker begins.
        end: Where the segment ends.
        before: Where the segment before it ends.
    """

    marker: int
    start: int
    end: int
    before: int


def segments(data: bytes) -> Iterator[Segment]:
    """All segments up to the end marker; the data of scans is passed over.

    Source:
        ITU-T T.81, annex B.

    Raises:
        ImageFault: There are more than any JPEG has.
    """
    at = 2
    for _ in range(_MAX_SEGMENTS):
        found = _MARKER.search(data, at)
        if found is None:
            return
        marker, end = found[1][0], found.end()
        if marker not in _NO_LENGTH and marker != END:
            end += max(2, int.from_bytes(data[end : end + 2], "big"))
        yield Segment(marker, found.start(), end, at)
        if marker == END:
            return
        at = end
    raise ImageFault("damaged", f"damaged JPEG (more than {_MAX_SEGMENTS:,} segments)")


@dataclass
class Header:
    """What stands before the picture's data.

    Attributes:
        frame: Marker of the frame, its second byte; None if there is none.
        precision: Bits a sample.
        height: Height in pixels as stored, not turned.
        width: Width of the same.
        channels: Number of channels.
        sampling: Horizontal and vertical sampling of each channel, a byte each.
        adobe: Whether Adobe's marker is there.
        exif: EXIF data; several segments are one block.
        scanned: Number of channels in the first scan; 0 if no scan begins.
    """

    frame: int | None = None
    precision: int = 8
    height: int = 0
    width: int = 0
    channels: int = 3
    sampling: bytes = b""
    adobe: bool = False
    exif: bytes = b""
    scanned: int = 0

    @property
    def orientation(self) -> int:
        """EXIF orientation, 1 to 8."""
        return read_orientation(self.exif)

    @property
    def has_scans(self) -> bool:
        """Whether the pixels are spread over several scans."""
        return self.frame == PROGRESSIVE or self.scanned < self.channels

    @property
    def coefficients(self) -> int:
        """Bytes that are kept of all scans until the last one is read."""
        factors = [divmod(each, 16) for each in self.sampling]
        if not self.has_scans or not factors or not all(map(all, factors)):
            return 0
        most = [max(each) for each in zip(*factors, strict=True)]
        units = [
            -(-side // (_BLOCK * factor))
            for side, factor in zip((self.width, self.height), most, strict=True)
        ]
        blocks = units[0] * units[1] * sum(across * down for across, down in factors)
        return _COEFFICIENT * _BLOCK**2 * blocks


def read_header(data: bytes) -> Header:
    """Reads the segments up to the picture's data.

    Source:
        ITU-T T.81, annex B (segments, frame header); Adobe's marker: T.872, 6.5.3.
    """
    header = Header()
    for marker, start, end, _ in segments(data):
        body = data[start + 4 : end]
        if marker == START_OF_SCAN:
            header.scanned = body[0] if body else 0
            break
        if marker in _FRAMES and len(body) >= 6:
            header.frame, header.precision = marker, body[0]
            header.height = int.from_bytes(body[1:3], "big")
            header.width = int.from_bytes(body[3:5], "big")
            header.channels = body[5]
            header.sampling = body[7::3]
        elif marker == APP14 and body.startswith(b"Adobe"):
            header.adobe = True
        elif marker == APP1 and body.startswith(b"Exif\0\0"):
            header.exif += body[6:]
    return header


def require_scans(data: bytes) -> None:
    """Refuses so many scans that decoding takes minutes.

    Raises:
        ImageFault: More than `MAX_SCANS`.
    """
    scans = 0
    for segment in segments(data):
        scans += segment.marker == START_OF_SCAN
        if scans > MAX_SCANS:
            raise ImageFault("enormous", f"a JPEG of more than {MAX_SCANS} scans")
