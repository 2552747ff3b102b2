"""Somebody who is told of every epoch and may end a training."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import keras

from kpoc.training.callbacks import History

Watch = Callable[[Sequence[dict]], bool]
"""Takes the metrics of all epochs so far, a row each; whether the training goes on."""


class Watched(keras.callbacks.Callback):
    """Asks after each epoch whether to go on.

    Args:
        watch: Whom to ask.
        history: The metrics.
    """

    def __init__(self, watch: Watch, history: History):
        super().__init__()
        self.watch, self.history = watch, history

    def on_train_begin(self, logs=None):
        if self.history.rows:
            # of before an interruption; whether to go on was answered then
            self.watch(self.history.rows)

    def on_epoch_end(self, epoch, logs=None):
        if not self.watch(self.history.rows):
            self.model.stop_training = True
