"""The search itself: one trial after the other, whatever becomes of each."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from keras_tuner.engine.trial import Trial

from kpoc.recipe import Recipe
from kpoc.schema import SchemaError
from tuning.display import Display
from tuning.failure import ERROR, MEMORY, Failure
from tuning.folder import Folder, Record
from tuning.objective import Objective
from tuning.oracle import COMPLETED, FAILED, IDLE, SCORE, STOPPED, Resumable
from tuning.recipes import recipe_for, write_recipe
from tuning.space import Space
from tuning.tensorboard import write_experiment, write_trial
from tuning.worker import Worker

_BUDGET = "tuner/epochs"
_WAIT = 1.0


@dataclass
class Search:
    """All that a search has to do with.

    The oracle may be a proxy of one in another process: only `create_trial`,
    `update_trial` and `end_trial` are called.

    Attributes:
        recipe: What it is around.
        space: What varies.
        objective: What it seeks.
        oracle: What chooses the trials.
        folder: Where it is kept.
        worker: What trains.
        display: What shows how it goes.
        data: Where the images lie.
        tuner: The name under which the oracle knows who runs a trial.
    """

    recipe: Recipe
    space: Space
    objective: Objective
    oracle: Resumable
    folder: Folder
    worker: Worker
    display: Display
    data: str | None = None
    tuner: str = "tuner0"

    def run(self) -> None:
        """Runs trials until the oracle has no more."""
        write_experiment(self.folder, self.space, self.objective)
        while (trial := self.oracle.create_trial(self.tuner)).status != STOPPED:
            if trial.status == IDLE:
                time.sleep(_WAIT)
                continue
            self._run(trial)

    def _run(self, trial: Trial) -> None:
        number, values = int(trial.trial_id), trial.hyperparameters.values
        record = self.folder.record(number)
        levels = {key: values[key] for key in self.space.keys if key in values}
        if record is None:
            self.folder.trial(number).mkdir(parents=True, exist_ok=True)
            record = Record(number, levels, "failed", budget=values.get(_BUDGET))
            self._try(trial, record)
            self.folder.write_record(record)
            write_trial(self.folder, record, self.objective)
        else:
            # it had come to its end when the search was killed
            self._tell_again(trial, record)
        trial.hyperparameters.values = {**values, **record.levels}
        trial.status = COMPLETED if record.is_complete else FAILED
        trial.message = record.message
        self.oracle.end_trial(trial)
        self.display.end(record)

    def _tell_again(self, trial: Trial, record: Record) -> None:
        for epoch, score in enumerate(record.numbers, start=1):
            self.oracle.update_trial(trial.trial_id, {SCORE: score}, step=epoch)

    def _try(self, trial: Trial, record: Record) -> None:
        """Trains, with smaller batches if memory is short and they are allowed."""
        begun = time.monotonic()
        while True:
            watched = _Watched(self, trial, record)
            try:
                recipe = self._recipe(record)
                result = self._train(recipe, record.number, watched)
            except Failure as failure:
                record.reason, record.message = failure.reason, failure.message
                record.score, record.figures = None, {}
                smaller = self._smaller(record) if failure.reason == MEMORY else None
                if smaller is not None:
                    record.smaller.append(recipe.batch_size)
                    record.levels["batch_size"] = smaller
                    continue
            else:
                record.status, record.reason, record.message = "completed", None, None
                record.cost, record.xla = result["cost"], result["xla"]
            break
        record.seconds = time.monotonic() - begun

    def _smaller(self, record: Record) -> int | None:
        now = record.levels.get("batch_size", self.recipe.batch_size)
        return self.space.halved_batch(now)

    def _recipe(self, record: Record) -> Recipe:
        name = f"{self.recipe.name}-trial-{record.number:04}"
        values = {"epochs": record.budget} if record.budget else {}
        try:
            return recipe_for(
                self.recipe,
                self.space,
                record.levels,
                name=name,
                description=f"trial {record.number} of a search",
                **values,
            )
        except SchemaError as error:
            raise Failure(ERROR, str(error)) from error

    def _train(
        self, recipe: Recipe, number: int, watched: _Watched
    ) -> Mapping[str, Any]:
        folder = self.folder.trial(number)
        file, run = folder / "recipe.yaml", folder / "run"
        if not file.is_file() or file.read_text("utf-8") != recipe.to_yaml():
            # of another batch size
            shutil.rmtree(run, ignore_errors=True)
        write_recipe(recipe, file)
        request = {
            "recipe": str(file),
            "folder": str(run),
            "log": str(folder / "log.txt"),
            "data": self.data,
        }
        try:
            return self.worker.run(request, watched)
        except Failure:
            # it would fail again from there
            with contextlib.suppress(FileNotFoundError):
                (run / "checkpoint.zip").unlink()
            raise


class _Watched:
    """Takes the epochs of a trial to its record, the oracle and the display."""

    def __init__(self, search: Search, trial: Trial, record: Record):
        self.search, self.trial, self.record = search, trial, record
        record.numbers.clear()

    def __call__(self, rows: Sequence[Mapping[str, float]]) -> bool:
        go_on = True
        for epoch in range(len(self.record.numbers) + 1, len(rows) + 1):
            go_on = self._take(rows[:epoch])
        return go_on

    def _take(self, rows: Sequence[Mapping[str, float]]) -> bool:
        record, search = self.record, self.search
        record.best_epoch = best_epoch(rows, search.recipe)
        kept = rows[record.best_epoch - 1]
        record.figures = {
            goal.name: kept[search.recipe.log_name(goal.name)]
            for goal in search.objective.goals
        }
        record.score = search.objective.number(record.figures)
        record.epochs = len(rows)
        record.numbers.append(record.score)
        found = {SCORE: record.score, **record.figures}
        answer = search.oracle.update_trial(
            self.trial.trial_id, found, step=record.epochs
        )
        record.stopped = answer.status == STOPPED
        search.display.epoch(record, record.budget or search.recipe.epochs)
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
