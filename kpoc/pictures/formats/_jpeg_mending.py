"""What libjpeg warns of though it changes no pixel: written as it should be.

Many phones and programs write such files. libjpeg tells of its first warning only, so
one that does no harm could hide one that does: what is mended is decoded again, and any
warning is a fault then. Of those of libjpeg these do no harm:

- an unknown version of JFIF, and parameters of a scan that no sequential JPEG has (both
  read by nobody); an unknown code of Adobe for three channels, which all readers take
  for YCbCr; a broken colour profile, which is not applied; bytes between the segments
  of the header;
- zeros before the end marker, if the data before them does for all pixels.

The others tell of lost or changed data: a file or a segment that ends early, a wrong
Huffman code, a lost restart marker, other bytes after the last pixel (what is left
where data in the middle were overwritten), and scans of a progressive JPEG that do not
belong together.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from kpoc.pictures.formats._jpeg_header import (
    APP0,
    APP2,
    APP14,
    BASELINE,
    END,
    EXTENDED,
    START_OF_SCAN,
    Header,
    segments,
)

_AFTER_THE_LAST = "extraneous bytes before marker 0xd9"
_PROFILE = b"ICC_PROFILE\0"
_WHOLE_SCAN = b"\0\x3f\0"
_YCBCR = 1
_END = bytes([0xFF, END])

Decoded = TypeVar("Decoded")


def decode_mended(
    decode: Callable[[bytes], Decoded], data: bytes, header: Header, error: ValueError
) -> tuple[Decoded, dict[str, str]]:
    """Decodes a JPEG that libjpeg warned of, if all it warned of does no harm.

    Args:
        decode: Decodes, and takes any warning for an error.
        data: The file.
        header: Its header.
        error: What `decode` said.

    Returns:
        What `decode` gives, and notes on what was mended.

    Raises:
        ValueError: It is damaged.
    """
    notes = {}
    mended, odd = _with_usual_header(data, header)
    if odd:
        notes["odd header"] = ", ".join(odd)
        try:
            return decode(mended), notes
        except ValueError as second:
            error = second
    if header.has_scans or not str(error).endswith(_AFTER_THE_LAST):
        raise error
    end = next(each.start for each in segments(mended) if each.marker == END)
    shorter = mended[:end].rstrip(b"\0")
    if len(shorter) == end:
        raise error
    notes["odd end"] = f"{end - len(shorter):,} zeros before its end marker"
    return decode(shorter + _END), notes


def _with_usual_header(data: bytes, header: Header) -> tuple[bytes, list[str]]:
    """The file with what no pixel depends on as it is usual; and what was not."""
    parts, odd, scans = [data[:2]], [], False
    broken_profile = _has_broken_profile(data)
    for marker, start, end, before in segments(data):
        if scans:
            parts.append(data[before:start])
        elif junk := data[before:start].strip(b"\xff"):
            odd.append(f"{len(junk):,} bytes between segments")
        part = data[start:end]
        if marker == APP0 and part[4:9] == b"JFIF\0" and part[9:10] != b"\1":
            odd.append("JFIF version {}.{:02}".format(*part[9:11]))
            part = part[:9] + b"\1" + part[10:]
        elif marker == APP2 and part[4:16] == _PROFILE and broken_profile:
            part = b""
        elif marker == APP14 and part[4:9] == b"Adobe" and header.channels == 3:
            if len(part) > 15 and part[15] > _YCBCR:
                odd.append(f"Adobe's colours {part[15]}, read as YCbCr")
                part = part[:15] + bytes([_YCBCR]) + part[16:]
        elif marker == START_OF_SCAN:
            scans = True
            if header.frame in (BASELINE, EXTENDED) and part[-3:] != _WHOLE_SCAN:
                odd.append("scan parameters {}, {}, {}".format(*part[-3:]))
                part = part[:-3] + _WHOLE_SCAN
        parts.append(part)
    if broken_profile:
        odd.append("a broken colour profile")
    parts.append(data[end:])
    return b"".join(parts), list(dict.fromkeys(odd))


def _has_broken_profile(data: bytes) -> bool:
    """Whether the parts of a colour profile are not all there, once each."""
    numbers = [
        tuple(data[start + 16 : start + 18])
        for marker, start, end, _ in segments(data)
        if marker == APP2 and data[start + 4 : start + 16] == _PROFILE
    ]
    count = len(numbers)
    return sorted(numbers) != [(number + 1, count) for number in range(count)]
