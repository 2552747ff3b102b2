"""Somebody who is told of every epoch and may end a training."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import keras

from kpoc.training.callbacks import BestEpoch, History

Watch = Callable[[Sequence[dict], int], bool]
"""Takes the metrics of all epochs so far, a row each, and the number of the best one;
returns whether the training goes on."""


class Watched(keras.callbacks.Callback):
    """Asks after each epoch whether to go on.

    Args:
        watch: Whom to ask.
        history: The metrics.
        best: The best epoch.
    """

    def __init__(self, watch: Watch, history: History, best: BestEpoch):
        super().__init__()
        self.watch, self.history, self.best = watch, history, best

    def on_train_begin(self, logs=None):
        if self.history.rows:
            # of before an interruption; whether to go on was answered then
            self.watch(self.history.rows, self.best.number)

    def on_epoch_end(self, epoch, logs=None):
        if not self.watch(self.history.rows, self.best.number):
            self.model.stop_training = True
