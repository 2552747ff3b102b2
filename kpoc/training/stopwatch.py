"""What a training takes: seconds and memory, over interruptions."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

import keras

from kpoc.training import machine


class Stopwatch(keras.callbacks.Callback):
    """Times the steps of training, apart from validation and compilation.

    A training that was interrupted has the times that it would have had without:
    steps that were lost and done again count once, and the compilation of the first
    process alone is counted.

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
        self._steps: list[float] = []
        self._epoch = 0.0
        self._compiled = False

    def on_epoch_begin(self, epoch, logs=None):
        self._mark = time.perf_counter()

    def on_train_batch_end(self, batch, logs=None):
        seconds = self._lap()
        if not logs:
            # done before the interruption
            return
        if self.first_step is None:
            self.first_step = seconds
        elif self._compiled:
            self._steps.append(seconds)
        else:
            seconds = self.median_step
        self._compiled = True
        self._epoch += seconds
        self.training_seconds += seconds

    def on_epoch_end(self, epoch, logs=None):
        self.epoch_seconds.append(self._epoch + self._lap())
        if self._steps:
            self.step_seconds.append(_median(self._steps))
        self._epoch, self._steps = 0.0, []

    def _lap(self) -> float:
        now = time.perf_counter()
        seconds, self._mark = now - self._mark, now
        return seconds

    @property
    def median_step(self) -> float:
        """Median over the epochs of the median seconds a step."""
        medians = self.step_seconds + ([_median(self._steps)] if self._steps else [])
        return _median(medians) if medians else self.first_step or math.nan

    @property
    def compile_seconds(self) -> float:
        """Seconds that the first step took longer than the others."""
        return max(0.0, (self.first_step or 0.0) - self.median_step)

    def state(self) -> dict:
        return {name: getattr(self, name) for name in _KEPT}

    def restore(self, state: dict) -> None:
        for name in _KEPT:
            setattr(self, name, state[name])


_KEPT = (
    "first_step",
    "step_seconds",
    "epoch_seconds",
    "training_seconds",
    "_steps",
    "_epoch",
)


def _median(values: Sequence[float]) -> float:
    return sorted(values)[len(values) // 2]


class PeakMemory(keras.callbacks.Callback):
    """The largest memory of the processes that trained, in bytes."""

    def __init__(self):
        super().__init__()
        self._before = 0

    @property
    def peak(self) -> int:
        """The peak until now."""
        return max(self._before, machine.peak_memory())

    def state(self) -> dict:
        return {"bytes": self.peak}

    def restore(self, state: dict) -> None:
        self._before = state["bytes"]
