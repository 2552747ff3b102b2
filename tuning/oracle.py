"""What chooses the next trial: KerasTuner's oracles, made to survive a kill.

KerasTuner writes an oracle's state and each trial to files of their own, in place, and
does not write the state of its random numbers. Here all of it stands in one file that
is replaced as a whole, so a search goes on from it as if it had never stopped.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras_tuner
from keras_tuner.engine import trial as trials
from keras_tuner.src.engine import conditions, metrics_tracking

from kpoc.ground.files import atomic
from kpoc.ground.registry import Registry
from tuning.dimension import Scalar
from tuning.space import MedianRule, Space
from tuning.stopping import is_poor

SCORE = "score"
"""What KerasTuner calls the number that is sought."""

BUDGET = "tuner/epochs"
"""What it calls the epochs of a trial, where these differ from the recipe's."""

COMPLETED, FAILED, RUNNING, STOPPED, IDLE = (
    getattr(trials.TrialStatus, name)
    for name in ("COMPLETED", "FAILED", "RUNNING", "STOPPED", "IDLE")
)


@dataclass(frozen=True)
class Settings:
    """What every oracle is told.

    Attributes:
        space: The space.
        start: The levels of the first trial, if it is given.
        direction: `max` or `min`.
        trials: How many trials there are at most.
        initial: Trials that are drawn at random before a model guides the rest.
        epochs: Epochs of the recipe.
        seed: Of the random numbers.
        median_rule: When poor trials are stopped; None for never.
    """

    space: Space
    start: Mapping[str, Scalar] | None
    direction: str
    trials: int
    initial: int
    epochs: int
    seed: int
    median_rule: MedianRule | None


class Resumable(keras_tuner.Oracle):
    """Makes an oracle of KerasTuner one whose state is written whole.

    To be named before KerasTuner's class among the bases of a subclass. A trial is
    identified by its number.

    Args:
        settings: What every oracle is told.
        file: Where its state is written.
        **arguments: Of KerasTuner's class.
    """

    HALVES_EPOCHS = False
    """Whether trials have epochs of their own; then the median rule does not apply."""

    GUIDED = False
    """Whether a model guides it after `initial` trials that are drawn at random."""

    def __init__(self, settings: Settings, file: str | Path, **arguments: Any):
        super().__init__(
            objective=keras_tuner.Objective(SCORE, settings.direction),
            hyperparameters=hyperparameters(settings.space, settings.start),
            # of 0 KerasTuner would make a random seed
            seed=settings.seed + 1,
            allow_new_entries=False,
            tune_new_entries=False,
            # failed trials are what a search has to live with
            max_consecutive_failed_trials=None,
            **arguments,
        )
        self.max_trials = settings.trials
        self.settings, self.file = settings, Path(file)
        self.verbose = 0

    def _random_values(self) -> dict[str, Scalar] | None:
        if not self.trials and self.settings.start is not None:
            return dict(self.settings.start)
        return super()._random_values()

    @keras_tuner.synchronized
    def update_trial(
        self, trial_id: str, metrics: Mapping[str, float], step: int = 0
    ) -> trials.Trial:
        """Takes the figures after an epoch.

        Args:
            trial_id: The trial.
            metrics: Its figures; `score` is the number that is sought.
            step: The epoch, counted from 1, which begins the trial anew.

        Returns:
            A copy of the trial, whose status is `STOPPED` if it should end here.
        """
        trial = self.trials[trial_id]
        if step == 1:
            trial.metrics = metrics_tracking.MetricsTracker()
        super().update_trial(trial_id, metrics, step)
        answer = copy.copy(trial)
        if self._is_poor(trial):
            answer.status = STOPPED
        return answer

    def _is_poor(self, trial: trials.Trial) -> bool:
        rule = self.settings.median_rule
        if rule is None or self.HALVES_EPOCHS:
            return False
        finished = [one for one in self.trials.values() if one.status == COMPLETED]
        return is_poor(
            numbers(trial),
            [numbers(one) for one in finished],
            direction=self.objective.direction,
            after_epochs=rule.after_epochs or -(-self.settings.epochs // 3),
            after_trials=rule.after_trials,
        )

    def score_trial(self, trial: trials.Trial) -> None:
        """The number after the last epoch: that of the weights that are kept."""
        trial.score = trial.metrics.get_last_value(SCORE)
        trial.best_step = len(numbers(trial))

    def get_state(self) -> dict[str, Any]:
        state = super().get_state()
        state["trials"] = {key: one.get_state() for key, one in self.trials.items()}
        return state

    def set_state(self, state: dict[str, Any]) -> None:
        self.trials = {
            key: trials.Trial.from_state(one) for key, one in state["trials"].items()
        }
        super().set_state(state)
        # KerasTuner writes the end of a trial before it takes it from who ran it
        self.ongoing_trials = {
            worker: trial
            for worker, trial in self.ongoing_trials.items()
            if trial.status == RUNNING
        }

    def give_back(self, worker: str) -> None:
        """Has the trial of a worker that is gone run again, by whoever asks next."""
        trial = self.ongoing_trials.pop(worker)
        self._retry_queue.append(trial.trial_id)
        self.save()

    @property
    def is_done(self) -> bool:
        """Whether there are as many trials as were asked for, and none is running."""
        waiting = self.ongoing_trials or self._retry_queue
        return not waiting and len(self.trials) >= self.max_trials

    def _save_trial(self, trial: trials.Trial) -> None:
        """Nothing: trials are written with the rest."""

    def save(self) -> None:
        """Writes the state."""
        with atomic(self.file) as part:
            part.write_text(json.dumps(self.get_state()), encoding="utf-8")

    def reload(self) -> None:
        """Takes back what `save` wrote."""
        self.set_state(json.loads(self.file.read_text(encoding="utf-8")))


METHODS: Registry[type[Resumable]] = Registry("method", "tuning.oracles")


def numbers(trial: trials.Trial) -> list[float]:
    """The number of a trial after each of its epochs."""
    if not trial.metrics.exists(SCORE):
        return []
    return [float(one.mean()) for one in trial.metrics.get_history(SCORE)]


def hyperparameters(
    space: Space, start: Mapping[str, Scalar] | None
) -> keras_tuner.HyperParameters:
    """A space as KerasTuner has it.

    Args:
        space: The space.
        start: Levels that become the defaults.
    """
    found = keras_tuner.HyperParameters()
    for key, dimension in space.keys.items():
        needed = [
            conditions.Parent(parent, among) for parent, among in dimension.when.items()
        ]
        default = (start or {}).get(key)
        found.merge([dimension.hyperparameter(key, default, needed)])
    return found
