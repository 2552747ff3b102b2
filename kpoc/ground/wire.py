"""Protocol buffers on the wire: fields to bytes, and bytes to fields."""

from __future__ import annotations

import struct
from collections.abc import Iterator

_VARINT, _EIGHT, _BYTES, _FOUR = 0, 1, 2, 5
"""Kinds of fields: a number in groups of seven bits, 8 bytes, with its length, 4."""


def varint(value: int) -> bytes:
    """A number of 0 or more, seven bits a byte, the lowest first.

    Example:
        >>> varint(300).hex()
        'ac02'
    """
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])


def field(number: int, value: int | float | bytes) -> bytes:
    """A field: a whole number, a double, or bytes.

    Example:
        >>> field(2, b"testing").hex()
        '120774657374696e67'
    """
    if isinstance(value, bytes):
        return varint(number << 3 | _BYTES) + varint(len(value)) + value
    if isinstance(value, float):
        return varint(number << 3 | _EIGHT) + struct.pack("<d", value)
    return varint(number << 3 | _VARINT) + varint(value)


def read_varint(data: memoryview, place: int) -> tuple[int, int]:
    """A number, and the place after it."""
    value = shift = 0
    while True:
        byte = data[place]
        value |= (byte & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if byte < 0x80:
            return value, place


def fields(
    data: memoryview, start: int, end: int
) -> Iterator[tuple[int, int | tuple[int, int]]]:
    """The fields of a message.

    Args:
        data: What holds the message.
        start: Where it begins.
        end: Where it ends.

    Returns:
        The number of each field, and its value if that is a whole number, else where
        it begins and ends.

    Raises:
        ValueError: It is no message.
    """
    while start < end:
        tag, start = read_varint(data, start)
        kind = tag & 7
        if kind == _VARINT:
            value, start = read_varint(data, start)
            yield tag >> 3, value
            continue
        if kind == _BYTES:
            length, start = read_varint(data, start)
        elif kind in (_EIGHT, _FOUR):
            length = 8 if kind == _EIGHT else 4
        else:
            raise ValueError(f"no field begins at byte {start}")
        if start + length > end:
            raise ValueError(f"the field at byte {start} is cut off")
        yield tag >> 3, (start, start + length)
        start += length
