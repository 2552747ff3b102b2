"""`fit` from a checkpoint: any Keras model, any optimizer, any step; in one process.

Eagerly, which saves the tracing; `test_resume.py` has graphs and real kills.
"""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kpoc.optimizers import LARS, SING
from kpoc.training.callbacks import BestEpoch, History
from kpoc.training.checkpoint import Checkpoint, CheckpointError, write_checkpoint
from kpoc.training.resumable import fit
from kpoc.training.stopwatch import Stopwatch

STEPS, EPOCHS, BATCH = 3, 2, 8
OPTIMIZERS = {
    "adam": lambda: keras.optimizers.Adam(1e-2, amsgrad=True),
    "averaged": lambda: keras.optimizers.AdamW(1e-2, use_ema=True),
    "accumulated": lambda: keras.optimizers.SGD(
        0.1, momentum=0.9, gradient_accumulation_steps=2
    ),
    "sing": lambda: SING(1e-2, lookahead_steps=2),
    "lars": lambda: LARS(1.0),
    "scaled": lambda: keras.optimizers.LossScaleOptimizer(
        keras.optimizers.Adam(1e-2), dynamic_growth_steps=2
    ),
    "scheduled": lambda: keras.optimizers.RMSprop(
        keras.optimizers.schedules.CosineDecay(1e-2, STEPS * EPOCHS)
    ),
}
CASES = [
    ("sing", "float32"),
    ("scaled", "mixed_float16"),
    ("adam", "bfloat16"),
    *[
        pytest.param(name, "float32", marks=pytest.mark.slow)
        for name in ("averaged", "accumulated", "lars", "scheduled")
    ],
]


@keras.saving.register_keras_serializable(package="kpoc_tests")
class Noise(keras.layers.Layer):
    """Adds noise, and counts how often in a variable that is no weight of a layer."""

    def build(self, shape):
        self.seeds = keras.random.SeedGenerator(7)
        self.count = self.add_weight(
            shape=(), dtype="int32", trainable=False, initializer="zeros"
        )

    def call(self, x, training=False):
        if not training:
            return x
        self.count.assign_add(1)
        return x + keras.random.normal(
            keras.ops.shape(x), dtype=x.dtype, seed=self.seeds
        )


class Killed(Exception):
    """Stands for the kill."""


class Kill(keras.callbacks.Callback):
    """Ends training just before a step, or before what follows an epoch is written."""

    def __init__(self, epoch, step):
        super().__init__()
        self.place = epoch, step

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_begin(self, batch, logs=None):
        if (self.epoch, batch) == self.place:
            raise Killed


class Training:
    def __init__(self, folder, make_optimizer, policy="float32"):
        self.file, self.make_optimizer = folder / "checkpoint.zip", make_optimizer
        self.policy = policy
        rng = np.random.default_rng(0)
        self.x = rng.normal(size=(STEPS * EPOCHS, BATCH, 6)).astype("float32")
        self.y = rng.integers(0, 3, (STEPS * EPOCHS, BATCH))

    def batches(self, first):
        return tf.data.Dataset.from_tensor_slices((self.x[first:], self.y[first:]))

    def run(self, *, resume=False, kill=None, minutes=0.0):
        keras.utils.clear_session()
        keras.utils.set_random_seed(3)
        keras.config.set_dtype_policy(self.policy)
        layers = [
            keras.Input((6,)),
            keras.layers.Dense(8, activation="relu"),
            keras.layers.BatchNormalization(),
            Noise(),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(3, dtype="float32"),
        ]
        self.model = keras.Sequential(layers)
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        self.model.compile(
            self.make_optimizer(), loss, metrics=["accuracy"], run_eagerly=True
        )
        stopwatch = Stopwatch()
        self.history, self.best = History(stopwatch), BestEpoch("val_loss", "min")
        fit(
            self.model,
            self.batches,
            epochs=EPOCHS,
            steps=STEPS,
            checkpoint=self.file,
            validation_data=self.batches(STEPS),
            callbacks=[stopwatch, self.history, self.best],
            files=[Kill(*kill)] if kill else [],
            minutes=minutes,
            resumed=Checkpoint(self.file) if resume else None,
        )
        return self

    def bits(self):
        rows = [{**row, "seconds": 0} for row in self.history.rows]
        model, optimizer = self.model.variables, self.model.optimizer.variables
        return [
            rows,
            self.best.number,
            self.best.value,
            *[keras.ops.convert_to_numpy(v).tobytes() for v in [*model, *optimizer]],
        ]


@pytest.fixture(autouse=True)
def policy_as_before():
    before = keras.config.dtype_policy()
    yield
    keras.config.set_dtype_policy(before)


@pytest.mark.parametrize(("name", "policy"), CASES)
def test_it_ends_as_if_it_had_never_stopped(tmp_path, name, policy):
    training = Training(tmp_path, OPTIMIZERS[name], policy)
    whole = training.run().bits()
    training.file.unlink()
    with pytest.raises(Killed):
        training.run(kill=(1, 1))
    saved = Checkpoint(training.file)
    assert (saved.epoch, saved.step) == (1, 1)
    assert training.run(resume=True).bits() == whole


def test_killed_again_and_again(tmp_path):
    training = Training(tmp_path, OPTIMIZERS["adam"])
    whole = training.run().bits()
    training.file.unlink()
    for resume, minutes, kill, expected in [
        (False, 0, (0, 2), (0, 2)),
        (True, 0, (1, 0), (1, 0)),
        # the last checkpoint is that of the epoch's end
        (True, 60, (1, 2), (1, 0)),
    ]:
        with pytest.raises(Killed):
            training.run(resume=resume, kill=kill, minutes=minutes)
        saved = Checkpoint(training.file)
        assert (saved.epoch, saved.step) == expected
    assert training.run(resume=True).bits() == whole
    # killed after the last epoch: nothing is trained, all is there
    assert training.run(resume=True).bits() == whole


def test_what_was_stopped_early_stays_stopped_and_another_optimizer_is_refused(
    tmp_path,
):
    training = Training(tmp_path, OPTIMIZERS["adam"])
    with pytest.raises(Killed):
        training.run(kill=(1, 1))
    weights = [w.copy() for w in training.model.get_weights()]
    states = Checkpoint(training.file).states
    write_checkpoint(
        training.file, training.model, epoch=1, step=0, stopped=True, states=states
    )
    training.run(resume=True)
    for now, then in zip(training.model.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(now, then)
    assert len(training.history.rows) == 1

    training.make_optimizer = OPTIMIZERS["lars"]
    with pytest.raises(CheckpointError, match="another optimizer.*adam.*lars"):
        training.run(resume=True)


def test_a_damaged_checkpoint_is_refused(tmp_path):
    training = Training(tmp_path, OPTIMIZERS["adam"])
    with pytest.raises(Killed):
        training.run(kill=(0, 1))
    content = training.file.read_bytes()
    kernel = training.model.weights[0].numpy().tobytes()
    assert content.count(kernel) == 1
    training.file.write_bytes(content.replace(kernel, kernel[::-1]))
    with pytest.raises(CheckpointError, match="cannot be read"):
        training.run(resume=True)
    training.file.write_bytes(b"")
    with pytest.raises(CheckpointError, match="cannot be read"):
        Checkpoint(training.file)
