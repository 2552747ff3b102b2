"""TFRecord files without TensorFlow: where their records lie, and how one is written.

A file is a sequence of records: the length (8 bytes, little-endian), its checksum (4),
the data, its checksum (4). Checksums are CRC-32C, rotated and offset.
"""

from __future__ import annotations

import functools
import struct
from collections.abc import Iterator

_POLYNOMIAL = 0x82F63B78
_ALL = 0xFFFFFFFF
_MASK = 0xA282EAD8
_HEAD, _TAIL = 12, 4


@functools.cache
def _table() -> list[int]:
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (_POLYNOMIAL if byte & 1 else 0)
        table.append(byte)
    return table


def crc32c(data: bytes) -> int:
    """CRC-32C (Castagnoli), as in RFC 3720, appendix B.4.

    Example:
        >>> hex(crc32c(b"123456789"))
        '0xe3069283'
    """
    table, found = _table(), _ALL
    for byte in data:
        found = found >> 8 ^ table[(found ^ byte) & 0xFF]
    return found ^ _ALL


def _checksum(data: bytes) -> bytes:
    crc = crc32c(data)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + _MASK) & _ALL)


def record(data: bytes) -> bytes:
    """A record with this data.

    Example:
        >>> content = record(b"abc") + record(b"")
        >>> list(spans(content))
        [(12, 15), (31, 31)]
    """
    length = struct.pack("<Q", len(data))
    return length + _checksum(length) + data + _checksum(data)


def spans(content: bytes | memoryview) -> Iterator[tuple[int, int]]:
    """Where the data of each record begins and ends.

    The lengths are checked by their checksums, the data is not.

    Args:
        content: All of a file.

    Raises:
        ValueError: It is no TFRecord file, damaged or cut off.
    """
    place, size = 0, len(content)
    while place < size:
        length = bytes(content[place : place + _HEAD - 4])
        if bytes(content[place + len(length) : place + _HEAD]) != _checksum(length):
            raise ValueError(f"no record begins at byte {place}")
        start = place + _HEAD
        end = start + int.from_bytes(length, "little")
        if end + _TAIL > size:
            raise ValueError(f"the record at byte {place} is cut off")
        yield start, end
        place = end + _TAIL
