"""`fit` on plain arrays from a checkpoint, on each backend: see `tests/backends`."""

import keras
import numpy as np
import pytest

from kpoc.batches.pipelines.arrays import Batches
from kpoc.training.callbacks import History
from kpoc.training.checkpoint import Checkpoint
from kpoc.training.resumable import fit
from kpoc.training.stopwatch import Stopwatch

STEPS, EPOCHS, BATCH = 3, 2, 8


class Killed(Exception):
    """Stands for the kill."""


class Kill(keras.callbacks.Callback):
    """Ends training just before a step of the second epoch."""

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_begin(self, batch, logs=None):
        if (self.epoch, batch) == (1, 2):
            raise Killed


class Training:
    def __init__(self, file):
        self.file = file
        rng = np.random.default_rng(0)
        self.x = rng.normal(size=(STEPS * EPOCHS, BATCH, 6)).astype("float32")
        self.y = rng.integers(0, 3, (STEPS * EPOCHS, BATCH))
        self.given = []

    def batches(self, first):
        def make(number):
            return self.x[first + number], self.y[first + number]

        self.given.append(first)
        return Batches(make, STEPS * EPOCHS - first)

    def validation(self):
        return Batches(lambda number: (self.x[number], self.y[number]), 2)

    def run(self, *, resume=False, kill=False):
        keras.utils.clear_session()
        keras.utils.set_random_seed(3)
        model = keras.Sequential(
            [
                keras.Input((6,)),
                keras.layers.Dense(8, activation="relu"),
                keras.layers.BatchNormalization(),
                keras.layers.Dropout(0.5),
                keras.layers.Dense(3),
            ]
        )
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        jit = keras.backend.backend() == "jax"
        model.compile("adam", loss, metrics=["accuracy"], jit_compile=jit)
        stopwatch = Stopwatch()
        history = History(stopwatch)
        fit(
            model,
            self.batches,
            epochs=EPOCHS,
            steps=STEPS,
            checkpoint=self.file,
            validation_data=self.validation(),
            callbacks=[stopwatch, history],
            files=[Kill()] if kill else [],
            minutes=0.0,
            resumed=Checkpoint(self.file) if resume else None,
        )
        variables = [*model.variables, *model.optimizer.variables]
        rows = [{**row, "seconds": 0} for row in history.rows]
        numbers = [keras.ops.convert_to_numpy(v).tobytes() for v in variables]
        return rows, numbers


def test_it_ends_as_if_it_had_never_stopped(tmp_path):
    training = Training(tmp_path / "checkpoint.zip")
    whole = training.run()
    training.file.unlink()
    with pytest.raises(Killed):
        training.run(kill=True)
    saved = Checkpoint(training.file)
    assert (saved.epoch, saved.step) == (1, 2)
    again = training.run(resume=True)
    assert again == whole
    assert len(whole[0]) == EPOCHS
