"""Starting Keras' backend without the notes that its native code prints."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Turns the process's stderr off, also for what native code writes there.

    Python's own errors still come through: they are raised.
    """
    sys.stderr.flush()
    saved, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        sys.stderr.flush()
        os.dup2(saved, 2)
        os.close(saved)
        os.close(nowhere)


def start_quietly() -> None:
    """Imports Keras and looks for devices without a word.

    TensorFlow writes lines on absent GPU libraries straight to the file descriptor,
    whatever its log level.
    """
    with quiet():
        from kpoc.training.trainers import trainer

        trainer().devices()
