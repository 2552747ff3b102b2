"""The search itself: one trial after the other, whatever becomes of each."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keras_tuner.engine.trial import Trial

from kpoc.ground.schema import SchemaError
from kpoc.recipe import Recipe
from tuning.display import Display
from tuning.ending import ended
from tuning.failure import ERROR, MEMORY, Failure, Lost
from tuning.folder import Record
from tuning.oracle import BUDGET, IDLE, SCORE, STOPPED, Resumable
from tuning.recipes import recipe_for_trial, write_recipe
from tuning.worker import Worker

if TYPE_CHECKING:
    from tuning.tune import Prepared

_WAIT = 1.0


@dataclass
class Search:
    """All that a search has to do with.

    The oracle may be one in another process, on another host: only `create_trial`,
    `update_trial` and `end_trial` are called.

    Attributes:
        prepared: What is searched, and where it is kept.
        oracle: What chooses the trials.
        worker: What trains.
        display: What shows how it goes.
        keep: Writes what a trial gave.
        data: Where the images lie.
        tuner: The name under which the oracle knows who runs a trial.
    """

    prepared: Prepared
    oracle: Resumable
    worker: Worker
    display: Display
    keep: Callable[[Record], None]
    data: str | Path | None = None
    tuner: str = "tuner0"

    def run(self) -> None:
        """Runs trials until the oracle has no more."""
        while (trial := self.oracle.create_trial(self.tuner)).status != STOPPED:
            if trial.status == IDLE:
                time.sleep(_WAIT)
                continue
            number, values = int(trial.trial_id), trial.hyperparameters.values
            levels = {
                key: values[key] for key in self.prepared.space.keys if key in values
            }
            record = Record(number, levels, "failed", budget=values.get(BUDGET))
            try:
                self._run(trial, record)
            except Lost as lost:
                self.display.drop(number)
                self.display.note(f"trial {number + 1}: {lost}")

    def _run(self, trial: Trial, record: Record) -> None:
        self.prepared.folder.trial(record.number).mkdir(parents=True, exist_ok=True)
        self._try(trial, record)
        self.keep(record)
        self.oracle.end_trial(ended(trial, record))
        self.display.end(record)

    def _try(self, trial: Trial, record: Record) -> None:
        """Trains, with smaller batches if memory is short and they are allowed."""
        begun = time.monotonic()
        while True:
            try:
                recipe = self._recipe(record)
                watched = _Watched(self, trial, record, recipe)
                result = self._train(recipe, record.number, watched)
            except Failure as failure:
                record.reason, record.message = failure.reason, failure.message
                record.score, record.figures = None, {}
                smaller = None
                if failure.reason == MEMORY:
                    space, size = self.prepared.space, recipe.batch_size
                    smaller = space.halved_batch(size, record.levels)
                if smaller is not None:
                    record.smaller.append(recipe.batch_size)
                    record.levels["batch_size"] = smaller
                    continue
            else:
                record.status, record.reason, record.message = "completed", None, None
                record.cost, record.xla = result["cost"], result["xla"]
            break
        record.seconds = time.monotonic() - begun

    def _recipe(self, record: Record) -> Recipe:
        try:
            return recipe_for_trial(self.prepared.recipe, self.prepared.space, record)
        except SchemaError as error:
            raise Failure(ERROR, str(error)) from error

    def _train(
        self, recipe: Recipe, number: int, watched: _Watched
    ) -> Mapping[str, Any]:
        folder = self.prepared.folder.trial(number)
        run = self.prepared.folder.trial_run(number)
        file = self.prepared.folder.trial_recipe(number)
        if not file.is_file() or file.read_text("utf-8") != recipe.to_yaml():
            # of another batch size
            shutil.rmtree(run.path, ignore_errors=True)
        write_recipe(recipe, file)
        request = {
            "recipe": str(file),
            "folder": str(run.path),
            "log": str(folder / "log.txt"),
            "data": None if self.data is None else str(self.data),
        }
        try:
            return self.worker.run(request, watched)
        except Failure:
            # it would fail again from there
            with contextlib.suppress(FileNotFoundError):
                run.checkpoint.unlink()
            raise


class _Watched:
    """Takes the epochs of a trial to its record, the oracle and the display."""

    def __init__(self, search: Search, trial: Trial, record: Record, recipe: Recipe):
        self.search, self.trial, self.record = search, trial, record
        self.recipe = recipe
        record.numbers.clear()

    def __call__(self, rows: Sequence[Mapping[str, float]]) -> bool:
        go_on = True
        for epoch in range(len(self.record.numbers) + 1, len(rows) + 1):
            go_on = self._take(rows[:epoch])
        return go_on

    def _take(self, rows: Sequence[Mapping[str, float]]) -> bool:
        record, search = self.record, self.search
        record.best_epoch = best_epoch(rows, self.recipe)
        kept = rows[record.best_epoch - 1]
        record.figures = {
            goal.name: kept[self.recipe.log_name(goal.name)]
            for goal in search.prepared.objective.goals
        }
        record.score = search.prepared.objective.number(record.figures)
        record.epochs = len(rows)
        record.numbers.append(record.score)
        found = {SCORE: record.score, **record.figures}
        answer = search.oracle.update_trial(
            self.trial.trial_id, found, step=record.epochs
        )
        record.stopped = answer.status == STOPPED
        search.display.epoch(record, record.budget or search.prepared.recipe.epochs)
        return not record.stopped


def best_epoch(rows: Sequence[Mapping[str, float]], recipe: Recipe) -> int:
    """The epoch whose weights a recipe keeps, counted from 1: the first of the best.

    Example:
        >>> from kpoc.recipe import load_recipe
        >>> losses = [{"val_loss": 2.0}, {"val_loss": 1.0}, {"val_loss": 1.0}]
        >>> best_epoch(losses, load_recipe("portraits/baseline"))
        2
    """
    stopping = recipe.early_stopping
    monitor = stopping.monitor if stopping else "val_loss"
    sign = -1.0 if stopping and stopping.mode == "max" else 1.0
    return 1 + min(range(len(rows)), key=lambda i: sign * rows[i][monitor])
