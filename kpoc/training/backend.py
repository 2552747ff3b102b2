"""Starting Keras' backend without the notes that its native code prints."""

from __future__ import annotations

import os
import sys


def start_quietly() -> None:
    """Imports Keras and looks for devices, with the process's stderr turned off.

    TensorFlow writes lines on absent GPU libraries straight to the file descriptor,
    whatever its log level. Python's own errors still come through: they are raised.
    """
    sys.stderr.flush()
    saved, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        import keras

        keras.distribution.list_devices()
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(nowhere)
