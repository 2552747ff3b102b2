"""How a trial ends: what it gave is written first, then the oracle is told."""

from __future__ import annotations

from keras_tuner.engine.trial import Trial

from tuning.folder import Folder, Record
from tuning.objective import Objective
from tuning.oracle import COMPLETED, FAILED, SCORE, Resumable
from tuning.tensorboard import write_trial


def keep(folder: Folder, objective: Objective, record: Record) -> None:
    """Writes what a trial gave."""
    folder.write_record(record)
    write_trial(folder, record, objective)


def ended(trial: Trial, record: Record) -> Trial:
    """A trial as the oracle's `end_trial` takes it."""
    trial.hyperparameters.values = {**trial.hyperparameters.values, **record.levels}
    trial.status = COMPLETED if record.is_complete else FAILED
    trial.message = record.message
    return trial


def take_back(oracle: Resumable, folder: Folder, worker: str) -> Record | None:
    """Takes its trial from a worker that is gone, so that it runs again.

    Returns:
        What it gave, if that was written before the oracle could be told: then it does
        not run again.
    """
    trial = oracle.ongoing_trials[worker]
    record = folder.record(int(trial.trial_id))
    if record is None:
        oracle.give_back(worker)
        return None
    for epoch, score in enumerate(record.numbers, start=1):
        oracle.update_trial(trial.trial_id, {SCORE: score}, step=epoch)
    oracle.end_trial(ended(trial, record))
    return record
