"""`tf.train.Example` without TensorFlow: its features, with the place of bytes."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from kpoc.ground.wire import fields, read_varint


@dataclass(frozen=True)
class Span:
    """Bytes that stay where they are: from `start` up to, not including, `end`."""

    start: int
    end: int


Value = Span | float | int


def read_example(data: memoryview, start: int, end: int) -> dict[str, list[Value]]:
    """The values of each feature.

    Args:
        data: What holds the example.
        start: Where it begins.
        end: Where it ends.

    Raises:
        ValueError: It is no example.
    """
    found = {}
    try:
        for _, features in fields(data, start, end):
            for _, entry in fields(data, *features):
                parts = dict(fields(data, *entry))
                name = bytes(data[slice(*parts[1])]).decode()
                found[name] = _values(data, *parts[2]) if 2 in parts else []
    except (KeyError, TypeError, IndexError, struct.error) as error:
        raise ValueError(f"no tf.train.Example begins at byte {start}") from error
    return found


def _values(data: memoryview, start: int, end: int) -> list[Value]:
    """The values of a `Feature`: field 1 has bytes, 2 floats, 3 whole numbers."""
    return [
        value
        for kind, place in fields(data, start, end)
        for value in _LISTS[kind](data, *place)
    ]


def _bytes(data: memoryview, start: int, end: int) -> list[Span]:
    return [Span(*place) for _, place in fields(data, start, end)]


def _floats(data: memoryview, start: int, end: int) -> list[float]:
    # packed or one by one
    return [
        number
        for _, (first, last) in fields(data, start, end)
        for (number,) in struct.iter_unpack("<f", data[first:last])
    ]


def _integers(data: memoryview, start: int, end: int) -> list[int]:
    found = []
    for _, value in fields(data, start, end):
        if isinstance(value, int):
            found.append(value)
            continue
        place, last = value
        while place < last:
            number, place = read_varint(data, place)
            found.append(number)
    return [n - (1 << 64) if n >> 63 else n for n in found]


_LISTS = {1: _bytes, 2: _floats, 3: _integers}
