"""Starting Keras' backend without the notes that its native code prints."""

from __future__ import annotations

from kpoc.ground.keras_settings import check_keras
from kpoc.ground.streams import quiet


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
