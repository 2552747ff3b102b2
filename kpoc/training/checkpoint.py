"""The state of a training in one file, and its way back into a model, bit for bit.

A zip file, not compressed: `state.json`, then the bytes of each variable. It holds what
`save_weights` leaves out too: the optimizer, random seeds (dropout) and, in the middle
of an epoch, metrics.
"""

from __future__ import annotations

import contextlib
import json
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import keras
import numpy as np

from kpoc.ground.errors import UserError
from kpoc.ground.files import atomic
from kpoc.version import __version__

_FORMAT = 1
_STATE = "state.json"


class CheckpointError(UserError, RuntimeError):
    """A checkpoint that cannot be read, or is of another training."""

    def __init__(self, path: Path, problem: str):
        super().__init__(
            f"the checkpoint {path} {problem}; to train from the start instead, train "
            "without --resume or remove that file"
        )


class Checkpoint:
    """A checkpoint file that was written by `write_checkpoint`.

    Args:
        path: The file.

    Attributes:
        epoch: The number of finished epochs.
        step: Steps done of the epoch after these.
        stopped: Whether training was stopped early.
        states: What the parts of the training had to say, by their names.

    Raises:
        CheckpointError: The file cannot be read.
    """

    def __init__(self, path: str | Path):
        self.path = Path(path)
        with self._open() as file:
            content = json.loads(file.read(_STATE))
        if content["format"] != _FORMAT:
            raise CheckpointError(
                self.path,
                f"was written by kpoc {content['kpoc']} in format {content['format']}, "
                f"and this is kpoc {__version__}, which reads format {_FORMAT}",
            )
        self.epoch: int = content["epoch"]
        self.step: int = content["step"]
        self.stopped: bool = content["stopped"]
        self.states: dict[str, dict] = content["states"]
        self._variables: dict[str, list] = content["variables"]

    def restore_model(self, model: keras.Model) -> None:
        """Gives a compiled model its weights, seeds and optimizer back.

        Raises:
            CheckpointError: The model or its optimizer is another one.
        """
        for group in ("model", "optimizer"):
            self._restore(group, model)

    def fits_metrics(self, model: keras.Model) -> bool:
        """Whether the model has the metrics' variables; Keras makes them late."""
        return _describe(_variables(model)["metrics"]) == self._variables["metrics"]

    def restore_metrics(self, model: keras.Model) -> None:
        """Gives the metrics back what they had summed in the epoch so far.

        Raises:
            CheckpointError: The model has other metrics.
        """
        self._restore("metrics", model)

    def _restore(self, group: str, model: keras.Model) -> None:
        variables = _variables(model)[group]
        described, saved = _describe(variables), self._variables[group]
        if described != saved:
            pairs = zip(described, saved, strict=False)
            differing = [pair for pair in pairs if pair[0] != pair[1]]
            lengths = f"{len(described)} variables", f"{len(saved)} variables"
            here, there = (differing or [lengths])[0]
            raise CheckpointError(
                self.path, f"is of another {group}: it has {there}, this one {here}"
            )
        with self._open() as file:
            for number, variable in enumerate(variables):
                now = keras.ops.convert_to_numpy(variable)
                content = file.read(f"{group}/{number}")
                values = np.frombuffer(content, now.dtype).reshape(now.shape)
                variable.assign(values)

    @contextlib.contextmanager
    def _open(self) -> Iterator[zipfile.ZipFile]:
        try:
            with zipfile.ZipFile(self.path) as file:
                yield file
        except (OSError, zipfile.BadZipFile, KeyError, ValueError) as error:
            raise CheckpointError(self.path, f"cannot be read ({error})") from error


def write_checkpoint(
    path: str | Path,
    model: keras.Model,
    *,
    epoch: int,
    step: int,
    stopped: bool,
    states: Mapping[str, dict],
) -> None:
    """Writes the state of a training, whole or not at all.

    Args:
        path: The file; what was there before stays until the new one is whole.
        model: The compiled model.
        epoch: The number of finished epochs.
        step: Steps done of the epoch after these.
        stopped: Whether training was stopped early.
        states: What else there is to know, by name; plain JSON types.

    Raises:
        OSError: The file cannot be written.
    """
    groups = _variables(model)
    if not step:
        # an epoch begins by resetting them
        groups["metrics"] = []
    content = {
        "format": _FORMAT,
        "kpoc": __version__,
        "epoch": epoch,
        "step": step,
        "stopped": stopped,
        "states": dict(states),
        "variables": {name: _describe(group) for name, group in groups.items()},
    }
    with atomic(path) as part, zipfile.ZipFile(part, "w") as file:
        file.writestr(_STATE, json.dumps(content))
        for name, group in groups.items():
            for number, variable in enumerate(group):
                values = keras.ops.convert_to_numpy(variable)
                file.writestr(f"{name}/{number}", values.tobytes())


def _variables(model: keras.Model) -> dict[str, list[keras.Variable]]:
    optimizer = model.optimizer
    return {
        "model": model.variables,
        "optimizer": optimizer.variables if optimizer else [],
        "metrics": [v for metric in model.metrics for v in metric.variables],
    }


def _describe(variables: list[keras.Variable]) -> list[list]:
    return [[v.path, str(v.dtype), list(v.shape)] for v in variables]
