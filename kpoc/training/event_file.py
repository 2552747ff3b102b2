"""TensorBoard's event files, written without TensorFlow.

A file is a sequence of records: the length (8 bytes, little-endian), its checksum, an
`Event` of `tensorflow/core/util/event.proto`, its checksum. Checksums are CRC-32C,
rotated and offset.
"""

from __future__ import annotations

import functools
import os
import socket
import struct
import time
from collections.abc import Mapping
from pathlib import Path

_POLYNOMIAL = 0x82F63B78
_ALL = 0xFFFFFFFF
_MASK = 0xA282EAD8
_INTEGER, _DOUBLE, _BYTES = range(3)
"""Kinds of fields of a protocol buffer: varint, 64 bits, with a length."""
_FLOAT = _SCALAR = 1


class EventFile:
    """A new event file.

    Args:
        folder: Where it is made; TensorBoard shows the folder's name.

    Attributes:
        path: The file.
    """

    def __init__(self, folder: Path):
        folder.mkdir(parents=True, exist_ok=True)
        place = f"{socket.gethostname()}.{os.getpid()}.{time.monotonic_ns()}"
        self.path = folder / f"events.out.tfevents.{time.time():.0f}.{place}.v2"
        self._write(_field(3, b"brain.Event:2"))

    def add(self, step: int, values: Mapping[str, float]) -> None:
        """Adds the values of a step, by their tags."""
        summary = b"".join(
            _field(1, _scalar(tag, value)) for tag, value in values.items()
        )
        self._write(_field(2, step) + _field(5, summary))

    def _write(self, content: bytes) -> None:
        event = _field(1, time.time()) + content
        length = struct.pack("<Q", len(event))
        with open(self.path, "ab") as file:
            file.write(length + _checksum(length) + event + _checksum(event))


def _scalar(tag: str, value: float) -> bytes:
    """A `Summary.Value` as TensorBoard's plugin for scalars takes it."""
    content = struct.pack("<f", value)
    tensor = _field(1, _FLOAT) + _field(2, b"") + _field(4, content)
    metadata = _field(1, _field(1, b"scalars")) + _field(4, _SCALAR)
    return _field(1, tag.encode()) + _field(8, tensor) + _field(9, metadata)


def _field(number: int, value: int | float | bytes) -> bytes:
    """A field of a protocol buffer."""
    if isinstance(value, bytes):
        return _varint(number << 3 | _BYTES) + _varint(len(value)) + value
    if isinstance(value, float):
        return _varint(number << 3 | _DOUBLE) + struct.pack("<d", value)
    return _varint(number << 3 | _INTEGER) + _varint(value)


def _varint(value: int) -> bytes:
    """A number of 0 or more, seven bits a byte, the lowest first."""
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])


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
