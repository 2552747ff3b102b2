"""What happens beside the gradient steps: records, best weights, a stop on NaN."""

from __future__ import annotations

import math
import os
from pathlib import Path

import keras

from kpoc.ground.errors import UserError
from kpoc.ground.files import atomic, require_space
from kpoc.runs.run import Run
from kpoc.training.event_file import EventFile
from kpoc.training.stopwatch import Stopwatch

_HDF5_OVERHEAD = 1 << 20


class TrainingDiverged(UserError, RuntimeError):
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


class BestEpoch(keras.callbacks.Callback):
    """Finds the best epoch.

    Args:
        monitor: The log that decides.
        mode: `min` or `max`.

    Attributes:
        number: The best epoch, counted from 1; None before the first.
        is_now: Whether the model's weights are those of the best epoch.
    """

    def __init__(self, monitor: str, mode: str):
        super().__init__()
        self.monitor, self.sign = monitor, -1.0 if mode == "min" else 1.0
        self.number: int | None = None
        self.value: float | None = None
        self.is_now = False

    def on_train_batch_begin(self, batch, logs=None):
        self.is_now = False

    def on_epoch_end(self, epoch, logs=None):
        value = _monitored(logs, self.monitor)
        best = -math.inf if self.value is None else self.sign * self.value
        if self.sign * value > best:
            self.value, self.number, self.is_now = value, epoch + 1, True

    def state(self) -> dict:
        return {"number": self.number, "value": self.value, "is_now": self.is_now}

    def restore(self, state: dict) -> None:
        self.number, self.value = state["number"], state["value"]
        self.is_now = state["is_now"]


class BestWeights(keras.callbacks.Callback):
    """Keeps the weights of the best epoch in a file that is never half written.

    Args:
        path: A `.weights.h5` file.
        best: Knows the best epoch.
        whole: The model whose weights are kept; what is trained is a part of it.
    """

    def __init__(self, path: Path, best: BestEpoch, whole: keras.Model):
        super().__init__()
        self.path, self.best, self.whole = path, best, whole

    def on_train_begin(self, logs=None):
        # training may have been interrupted between the checkpoint and this file
        if self.best.is_now:
            self._save()

    def on_epoch_end(self, epoch, logs=None):
        if self.best.is_now:
            self._save()

    def _save(self) -> None:
        numbers = sum(math.prod(weight.shape) for weight in self.whole.weights)
        try:
            with atomic(self.path) as part:
                require_space(part, int(1.2 * 4 * numbers) + _HDF5_OVERHEAD)
                self.whole.save_weights(part)
        except OSError as error:
            kept = (
                "the older ones stay" if self.path.is_file() else "there are none yet"
            )
            raise OSError(
                f"the weights of epoch {self.best.number}, the best, could not be "
                f"written to {self.path} ({error}); {kept}, and --resume goes on from "
                "the checkpoint"
            ) from error


class StopEarly(keras.callbacks.Callback):
    """Ends training when the best epoch lies `patience` epochs back."""

    def __init__(self, best: BestEpoch, patience: int):
        super().__init__()
        self.best, self.patience = best, patience

    def on_epoch_end(self, epoch, logs=None):
        if epoch + 1 - (self.best.number or 0) >= self.patience:
            self.model.stop_training = True


def _monitored(logs: dict | None, name: str) -> float:
    logs = logs or {}
    if name not in logs:
        raise ValueError(
            f"`early_stopping.monitor` must be one of {sorted(logs)}. "
            f"Received: {name!r}"
        )
    return float(logs[name])


class History(keras.callbacks.Callback):
    """Collects the metrics of each epoch and the seconds it took."""

    def __init__(self, stopwatch: Stopwatch):
        super().__init__()
        self.stopwatch = stopwatch
        self.rows: list[dict] = []

    def on_epoch_end(self, epoch, logs=None):
        values = {name: float(value) for name, value in (logs or {}).items()}
        seconds = round(self.stopwatch.epoch_seconds[-1], 3)
        self.rows.append({"epoch": epoch + 1, **values, "seconds": seconds})

    def state(self) -> dict:
        return {"rows": self.rows}

    def restore(self, state: dict) -> None:
        self.rows = list(state["rows"])


class HistoryFile(keras.callbacks.Callback):
    """Writes the history into the run after each epoch."""

    def __init__(self, run: Run, history: History):
        super().__init__()
        self.run, self.history = run, history

    def on_train_begin(self, logs=None):
        if self.history.rows:
            self.run.write_history(self.history.rows)

    def on_epoch_end(self, epoch, logs=None):
        self.run.write_history(self.history.rows)


class EventFiles(keras.callbacks.Callback):
    """Writes TensorBoard's files, and cuts them back to a checkpoint.

    Args:
        folder: The folder of the files.
    """

    def __init__(self, folder: Path):
        super().__init__()
        self.folder = Path(folder)
        self._open: dict[str, EventFile] = {}

    def on_train_begin(self, logs=None):
        self.folder.mkdir(parents=True, exist_ok=True)

    def on_epoch_end(self, epoch, logs=None):
        rate = keras.ops.convert_to_numpy(self.model.optimizer.learning_rate)
        found = {"train": {"epoch_learning_rate": float(rate)}, "validation": {}}
        for name, value in (logs or {}).items():
            split = "validation" if name.startswith("val_") else "train"
            found[split][f"epoch_{name.removeprefix('val_')}"] = float(value)
        for split, values in found.items():
            if values:
                self._file(split).add(epoch, values)

    def _file(self, split: str) -> EventFile:
        if split not in self._open:
            self._open[split] = EventFile(self.folder / split)
        return self._open[split]

    def state(self) -> dict:
        return {"bytes": {name: file.stat().st_size for name, file in self._files()}}

    def restore(self, state: dict) -> None:
        for name, file in self._files():
            if size := state["bytes"].get(name):
                os.truncate(file, min(size, file.stat().st_size))
            else:
                file.unlink()

    def _files(self) -> list[tuple[str, Path]]:
        files = [file for file in self.folder.rglob("*") if file.is_file()]
        return [(file.relative_to(self.folder).as_posix(), file) for file in files]
