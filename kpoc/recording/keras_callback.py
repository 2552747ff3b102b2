"""A callback of Keras for a recording."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from kpoc.training.stopwatch import Stopwatch

if TYPE_CHECKING:
    from kpoc.recording.recording import Recording


class Epochs(Stopwatch):
    """Notes each epoch in a recording, and at the end what Keras knows of the cost."""

    def __init__(self, recording: Recording):
        super().__init__()
        self.recording = recording

    def on_epoch_begin(self, epoch, logs=None):
        self._before = self.training_seconds
        super().on_epoch_begin(epoch, logs)

    def on_epoch_end(self, epoch, logs=None):
        super().on_epoch_end(epoch, logs)
        self.recording._note(
            len(self.recording._history) + 1,
            logs or {},
            self.epoch_seconds[-1],
            self.training_seconds - self._before,
        )

    def on_train_end(self, logs=None):
        trained = sum(math.prod(w.shape) for w in self.model.trainable_weights)
        self.recording.cost(
            compile_seconds=self.compile_seconds,
            parameters=self.model.count_params(),
            trainable_parameters=trained,
        )
