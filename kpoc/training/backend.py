"""Starting Keras' backend without the notes that its native code prints."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator

from kpoc.ground.keras_settings import check_keras


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Turns the process's output off, also for what native code writes there.

    Python's own errors still come through: they are raised.
    """
    streams = sys.stdout, sys.stderr
    for stream in streams:
        stream.flush()
    saved, nowhere = (os.dup(1), os.dup(2)), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        for stream in streams:
            stream.flush()
        for descriptor, before in enumerate(saved, start=1):
            os.dup2(before, descriptor)
            os.close(before)
        os.close(nowhere)


def start_quietly() -> None:
    """Imports Keras and looks for devices without a word.

    TensorFlow writes lines on absent GPU libraries straight to the file descriptor,
    whatever its log level.

    Raises:
        KerasSettingsError: Keras cannot be imported.
    """
    check_keras()
    with quiet():
        from kpoc.training.trainers import trainer

        trainer().devices()
