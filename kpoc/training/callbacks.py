"""What happens beside the gradient steps: records, best weights, a stop on NaN."""

from __future__ import annotations

import csv
import math
import time
from pathlib import Path

import keras

from kpoc.files import atomic, require_space

_HDF5_OVERHEAD = 1 << 20


class TrainingDiverged(RuntimeError):
    """The loss is no longer a number."""


class StopOnNaN(keras.callbacks.Callback):
    """Stops at the first step whose loss is not finite, and names it."""

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch + 1

    def on_train_batch_end(self, batch, logs=None):
        _require_finite(logs, "loss", f"in step {batch + 1} of epoch {self.epoch}")

    def on_epoch_end(self, epoch, logs=None):
        _require_finite(logs, "val_loss", f"after epoch {self.epoch}")


def _require_finite(logs: dict | None, name: str, when: str) -> None:
    value = (logs or {}).get(name, 0.0)
    if not math.isfinite(value):
        raise TrainingDiverged(
            f"`{name}` became {value} {when}; a lower optimizer.learning_rate is the "
            "usual remedy"
        )


class BestWeights(keras.callbacks.Callback):
    """Keeps the weights of the best epoch in a file that is never half written.

    Args:
        path: A `.weights.h5` file.
        monitor: The log that decides.
        mode: `min` or `max`.
    """

    def __init__(self, path: Path, monitor: str, mode: str):
        super().__init__()
        self.path, self.monitor = path, monitor
        self.sign = -1.0 if mode == "min" else 1.0
        self.best = -math.inf
        self.best_epoch: int | None = None

    def on_epoch_end(self, epoch, logs=None):
        value = self.sign * _monitored(logs, self.monitor)
        if value > self.best:
            self._save()
            self.best, self.best_epoch = value, epoch + 1

    def _save(self) -> None:
        numbers = sum(math.prod(weight.shape) for weight in self.model.weights)
        try:
            with atomic(self.path) as part:
                require_space(part, int(1.2 * 4 * numbers) + _HDF5_OVERHEAD)
                self.model.save_weights(part)
        except OSError as error:
            kept = (
                f"those of epoch {self.best_epoch} stay"
                if self.best_epoch
                else "there were none before"
            )
            raise OSError(
                f"the best weights could not be written to {self.path} ({error}); "
                f"{kept}"
            ) from error


class StopEarly(keras.callbacks.Callback):
    """Ends training when the best epoch lies `patience` epochs back."""

    def __init__(self, best: BestWeights, patience: int):
        super().__init__()
        self.tracked, self.patience = best, patience

    def on_epoch_end(self, epoch, logs=None):
        if epoch + 1 - (self.tracked.best_epoch or 0) >= self.patience:
            self.model.stop_training = True


def _monitored(logs: dict | None, name: str) -> float:
    logs = logs or {}
    if name not in logs:
        raise ValueError(
            f"`early_stopping.monitor` must be one of {sorted(logs)}. "
            f"Received: {name!r}"
        )
    return float(logs[name])


class Stopwatch(keras.callbacks.Callback):
    """Times the steps of training, apart from validation and compilation.

    Attributes:
        first_step: Seconds of the very first step, compilation included.
        step_seconds: Median seconds a step of each epoch.
        epoch_seconds: Seconds of each epoch, validation included.
        training_seconds: Seconds of the steps of all epochs.
    """

    def __init__(self):
        super().__init__()
        self.first_step: float | None = None
        self.step_seconds: list[float] = []
        self.epoch_seconds: list[float] = []
        self.training_seconds = 0.0

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch_start = self._mark = time.perf_counter()
        self._steps: list[float] = []

    def on_train_batch_end(self, batch, logs=None):
        now = time.perf_counter()
        seconds, self._mark = now - self._mark, now
        self.training_seconds += seconds
        if self.first_step is None:
            self.first_step = seconds
        else:
            self._steps.append(seconds)

    def on_epoch_end(self, epoch, logs=None):
        self.epoch_seconds.append(time.perf_counter() - self._epoch_start)
        if self._steps:
            self.step_seconds.append(sorted(self._steps)[len(self._steps) // 2])

    @property
    def median_step(self) -> float:
        """Median over the epochs of the median seconds a step."""
        if not self.step_seconds:
            return self.first_step or math.nan
        return sorted(self.step_seconds)[len(self.step_seconds) // 2]

    @property
    def compile_seconds(self) -> float:
        """Seconds that the first step took longer than the others."""
        return max(0.0, (self.first_step or 0.0) - self.median_step)


class HistoryFile(keras.callbacks.Callback):
    """Rewrites the table of metrics after each epoch."""

    def __init__(self, path: Path, stopwatch: Stopwatch):
        super().__init__()
        self.path, self.stopwatch = path, stopwatch
        self.rows: list[dict] = []

    def on_epoch_end(self, epoch, logs=None):
        values = {name: float(value) for name, value in (logs or {}).items()}
        seconds = round(self.stopwatch.epoch_seconds[-1], 3)
        self.rows.append({"epoch": epoch + 1, **values, "seconds": seconds})
        with atomic(self.path) as part, open(part, "w", newline="") as file:
            writer = csv.DictWriter(file, list(self.rows[0]))
            writer.writeheader()
            writer.writerows(self.rows)
