"""What is open while a training loop of the user's own is recorded."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from kpoc.evaluation import predictions
from kpoc.ground.text import say
from kpoc.protocols.manifest import Manifest
from kpoc.recipe import Recorded
from kpoc.recording.given import RecordingError, as_table
from kpoc.runs.run import FAILED, FINISHED, Run
from kpoc.training import machine

if TYPE_CHECKING:
    import keras

PREDICTED = ("validation", "test")
COSTS = (
    *("parameters", "trainable_parameters", "file_bytes"),
    *("images_per_second", "compile_seconds", "evaluation_seconds"),
)
"""What `Recording.cost` takes."""


class Recording:
    """A training that is recorded; see `kpoc.record`, which makes it.

    Attributes:
        run: The run directory.
        recipe: What is known of the method.
    """

    def __init__(
        self,
        run: Run,
        recipe: Recorded,
        manifest: Manifest,
        facts: Mapping[str, Any],
    ):
        self.run, self.recipe = run, recipe
        self._manifest, self._facts = manifest, facts
        self._history: list[dict[str, float]] = []
        self._trained = 0.0
        self._cost: dict[str, float] = {}
        self._predicted: set[str] = set()

    def __repr__(self) -> str:
        return f"Recording({str(self.run.path)!r})"

    def __enter__(self) -> Recording:
        self.run.hold()
        try:
            self.run.remove_left_behind()
            aside = self.run.start(self.recipe, self._manifest, dict(self._facts))
        except BaseException:
            self.run.release()
            raise
        if aside:
            say(f"an unfinished training was moved to {aside}")
        machine.reset_peak_memory()
        self._mark = time.perf_counter()
        return self

    def __exit__(self, kind: object, error: BaseException | None, _: object) -> None:
        try:
            lacking = [] if error else self._lacking()
            if lacking:
                error = RecordingError(
                    f"a recording must be whole. Received: {self.run.path} without "
                    + "; ".join(lacking)
                )
            self._end(error)
            if lacking:
                raise error
        finally:
            self.run.release()

    @property
    def classes(self) -> dict[str, list[str] | None]:
        """The classes of each target in the order of their codes; None of a number."""
        return {name: one.classes for name, one in self.recipe.task.targets.items()}

    def rows(self, split: str) -> pd.DataFrame:
        """The rows of a split, in the order in which arrays of predictions must be.

        Args:
            split: `train`, `validation` or `test`.

        Returns:
            A row an image: `id`, `path` (absolute), then targets and groups, those with
            classes as categories whose codes are in the order of `classes`. Test rows
            have `id` and `path` alone.
        """
        table = self._manifest.rows(split)
        paths = [str(Path(path).absolute()) for path in self._manifest.paths(split)]
        found = pd.DataFrame({"id": table["id"], "path": paths})
        if split == "test":
            return found
        declared = {name: one.classes for name, one in self._manifest.columns.items()}
        for name in dict.fromkeys([*self.classes, *self.recipe.task.groups]):
            of = self.classes.get(name) or declared.get(name)
            values = table[name]
            found[name] = pd.Categorical(values, of) if of is not None else values
        return found

    def log(self, epoch: int, *, seconds: float | None = None, **values: float) -> None:
        """Notes an epoch.

        Args:
            epoch: Its number, counted from 1.
            seconds: How long its training took; by default all the time since the
                epoch before, or since the block began.
            values: Its metrics: `loss` and `val_loss` are drawn on the page.

        Raises:
            RecordingError: It is not the next epoch, or a value is no number.
        """
        passed = time.perf_counter() - self._mark
        trained = passed if seconds is None else seconds
        self._note(epoch, values, trained, trained)

    def callback(self) -> keras.callbacks.Callback:
        """A callback for `model.fit` of Keras that notes epochs, times and parameters.

        Several calls of `fit` follow one another; validation does not count as
        training.
        """
        from kpoc.recording.keras_callback import Epochs

        return Epochs(self)

    def cost(self, **figures: float) -> None:
        """Notes what else is known of the cost.

        Args:
            figures: Any of `COSTS`; what is not said is shown as not known.

        Raises:
            RecordingError: Another name, or no number.
        """
        if unknown := sorted(figures.keys() - set(COSTS)):
            raise RecordingError(
                f"`figures` must be of {', '.join(COSTS)}. Received: {unknown}"
            )
        self._cost |= _numbers(figures)

    def predictions(self, split: str, given: Any) -> None:
        """Takes the predictions of a split; those of test rows are not scored here.

        Args:
            split: `validation` or `test`.
            given: A table in the documented form (`kpoc.evaluation.predictions`) or its
                file, or by target an array in the order of `rows(split)`: (n,) numbers
                in the target's unit, or (n, K) probabilities of its classes, or (n,) of
                the second of two.

        Raises:
            RecordingError: Lists all that is wrong with them.
        """
        if split not in PREDICTED:
            raise RecordingError(
                f"`split` must be one of {PREDICTED}. Received: {split!r}"
            )
        ids = self._manifest.column(split, "id").tolist()
        table = as_table(given, ids, self.recipe.task.targets, split)
        predictions.write(table, self.run.predictions_file(split))
        self._predicted.add(split)

    def _note(
        self, epoch: int, values: Mapping[str, Any], seconds: float, trained: float
    ) -> None:
        expected = len(self._history) + 1
        if epoch != expected:
            raise RecordingError(
                f"`epoch` must be {expected}, the next one. Received: {epoch!r}"
            )
        row = {"epoch": expected, **_numbers(values), "seconds": round(seconds, 3)}
        self._history.append(row)
        self._trained += trained
        self.run.write_history(self._history)
        self._mark = time.perf_counter()

    def _lacking(self) -> list[str]:
        lacking = [] if self._history else ["an epoch: log(1) for a method without any"]
        return lacking + [
            f"the predictions of the {split} rows: predictions({split!r}, ...)"
            for split in PREDICTED
            if split not in self._predicted
        ]

    def _end(self, error: BaseException | None) -> None:
        """Notes how it ended; of one that raised, the error is the one to show."""
        if error:
            reason = str(error) or type(error).__name__
            try:
                self.run.write(status=FAILED, error=reason)
            except OSError:
                say(f"could not write {self.run.record_file}")
            return
        cost = {
            "epochs": len(self._history),
            "train_seconds": self._trained,
            **self._cost,
            "peak_memory_bytes": machine.peak_memory(),
        }
        # what the loop was written in is loaded by now
        environment = machine.environment_of_loaded()
        self.run.write(status=FINISHED, environment=environment, cost=cost)
        from kpoc.report.card import write_run_card

        try:
            write_run_card(self.run.path, self._manifest)
        except OSError as why:
            say(f"no model card ({why}); write it with: kpoc card {self.run.path}")


def _numbers(values: Mapping[str, Any]) -> dict[str, float]:
    found, wrong = {}, []
    for name, value in values.items():
        try:
            found[name] = float(value)
        except (TypeError, ValueError):
            wrong.append(f"{name}={value!r}")
    if wrong:
        raise RecordingError(f"values must be numbers. Received: {', '.join(wrong)}")
    return found
