"""Progress that a person can read: one line an epoch, redrawn while it runs."""

from __future__ import annotations

import sys
import time

import keras

from kpoc.ground.text import say


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


class Bar:
    """A line that is redrawn on a terminal, and printed only at the end elsewhere."""

    def __init__(self):
        self._live = sys.stdout.isatty()
        self._drawn = 0.0

    def draw(self, text: str) -> None:
        """Redraws the line, at most five times a second."""
        now = time.monotonic()
        if self._live and now - self._drawn > 0.2:
            self._drawn = now
            print(f"\r{text}\033[K", end="", flush=True)

    def end(self, text: str) -> None:
        """Draws the line for the last time."""
        say(f"\r{text}\033[K" if self._live else text)


class Progress(keras.callbacks.Callback):
    """Shows epochs, the training loss, validation metrics and the time that is left.

    Args:
        shown: Logs to show after an epoch, with the label of each.
        epochs: Epochs of the whole training.
        steps: Steps an epoch.
    """

    def __init__(self, shown: dict[str, str], epochs: int, steps: int):
        super().__init__()
        self.shown, self.epochs, self.steps = shown, epochs, steps
        self.bar = Bar()

    def on_train_begin(self, logs=None):
        self._begin = time.monotonic()
        self._first: float | None = None

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch = epoch
        if self._first is None:
            self._first = epoch

    def on_train_batch_end(self, batch, logs=None):
        done = (batch + 1) / self.steps
        if not logs:
            # done before the interruption
            self._first = self._epoch + done
            return
        blocks = round(20 * done)
        loss = logs.get("loss", float("nan"))
        self.bar.draw(
            f"epoch {self._epoch + 1}/{self.epochs} [{'#' * blocks:<20}] "
            f"{batch + 1}/{self.steps}  loss {loss:.4g}  {self._left(done)} left"
        )

    def on_epoch_end(self, epoch, logs=None):
        logs = logs or {}
        shown = [f"{text} {logs[key]:.3f}" for key, text in self.shown.items()]
        self.bar.end(
            f"epoch {epoch + 1}/{self.epochs}  loss {logs['loss']:.4f}  "
            f"validation: loss {logs['val_loss']:.4f}  {'  '.join(shown)}  "
            f"({self._left(1.0)} left)"
        )

    def _left(self, share_of_epoch: float) -> str:
        done = self._epoch - self._first + share_of_epoch
        passed = time.monotonic() - self._begin
        return _clock(passed / done * (self.epochs - self._first - done))
