"""TensorBoard's event files, written without TensorFlow.

A file is a TFRecord file of `Event`s of `tensorflow/core/util/event.proto`.
"""

from __future__ import annotations

import os
import socket
import struct
import time
from collections.abc import Mapping
from pathlib import Path

from kpoc.ground.tfrecord import record
from kpoc.ground.wire import field

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
        self._write(field(3, b"brain.Event:2"))

    def add(self, step: int, values: Mapping[str, float]) -> None:
        """Adds the values of a step, by their tags."""
        summary = b"".join(
            field(1, _scalar(tag, value)) for tag, value in values.items()
        )
        self._write(field(2, step) + field(5, summary))

    def _write(self, content: bytes) -> None:
        with open(self.path, "ab") as file:
            file.write(record(field(1, time.time()) + content))
            # a checkpoint remembers how long it is: it must be so after lost power too
            file.flush()
            os.fsync(file.fileno())


def _scalar(tag: str, value: float) -> bytes:
    """A `Summary.Value` as TensorBoard's plugin for scalars takes it."""
    content = struct.pack("<f", value)
    tensor = field(1, _FLOAT) + field(2, b"") + field(4, content)
    metadata = field(1, field(1, b"scalars")) + field(4, _SCALAR)
    return field(1, tag.encode()) + field(8, tensor) + field(9, metadata)
