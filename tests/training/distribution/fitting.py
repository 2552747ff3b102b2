"""Fits a small model alone and on four devices; prints how far the two lie apart.

A process of its own: the number of devices is read once, when JAX starts.
"""

import json
import sys
from pathlib import Path

import keras
import numpy as np

from kpoc.batches.pipeline import Rows, evaluation_batches, training_batches
from kpoc.losses import LDAMLoss
from kpoc.metrics import SparseF1Score
from kpoc.training.callbacks import History
from kpoc.training.distribution.alone import ALONE
from kpoc.training.distribution.together import Together, choose_devices
from kpoc.training.resumable import fit
from kpoc.training.stopwatch import Stopwatch

SIZE, BATCH, CLASSES = 8, 16, 3


def make_rows(number: int, seed: int) -> Rows:
    rng = np.random.default_rng(seed)
    labels = {"breed": rng.integers(0, CLASSES, number)}
    pixels = rng.integers(0, 256, (number, SIZE, SIZE, 3), dtype=np.uint8)
    return Rows([""] * number, labels, SIZE, pixels)


def train(where, folder: Path):
    keras.utils.clear_session()
    keras.utils.set_random_seed(1)
    # 31: the last batch of validation has 15 rows, which 4 devices cannot divide
    train_rows, validation_rows = make_rows(40, 0), make_rows(31, 1)
    images = keras.Input((SIZE, SIZE, 3))
    x = keras.layers.Rescaling(1 / 127.5, offset=-1.0)(images)
    x = keras.layers.Conv2D(4, 3, 2)(x)
    x = keras.layers.BatchNormalization(momentum=0.5)(x)
    x = keras.layers.Flatten()(keras.layers.ReLU()(x))
    x = keras.layers.Dense(CLASSES, name="breed")(x)
    model = keras.Model(images, {"breed": x})
    counts = np.bincount(train_rows.labels["breed"], minlength=CLASSES)
    where.start(model)
    model.compile(
        keras.optimizers.SGD(0.1),
        # its weights are summed over the batch: a mean over parts is another value
        {"breed": LDAMLoss(counts, class_weights="margins")},
        metrics={"breed": [SparseF1Score(CLASSES), "accuracy"]},
        jit_compile=True,
    )
    shared = where.validation_rows(model, validation_rows, BATCH)
    history = History(stopwatch := Stopwatch())
    fit(
        model,
        lambda step: training_batches(
            where.training_rows(train_rows), BATCH, seed=0, first_step=step, epochs=2
        ),
        epochs=2,
        steps=len(train_rows) // BATCH,
        checkpoint=folder / "checkpoint.zip",
        validation_data=evaluation_batches(shared, BATCH),
        callbacks=[stopwatch, history],
    )
    where.finish(model)
    # by one device again
    predicted = model.predict(validation_rows.pixels, verbose=0)["breed"]
    logs = {
        f"{name} {row['epoch']}": value
        for row in history.rows
        for name, value in row.items()
        if name not in ("epoch", "seconds")
    }
    return model.get_weights(), logs, predicted


if __name__ == "__main__":
    four = Together(choose_devices(), BATCH)
    folder = Path(sys.argv[1])
    (weights, logs, predicted), others = train(ALONE, folder), train(four, folder)
    weights_apart = [abs(a - b).max() for a, b in zip(weights, others[0], strict=True)]
    found = {
        "facts": dict(four.facts),
        "weights": float(max(weights_apart)),
        "logs": [logs, others[1]],
        "predicted": float(abs(predicted - others[2]).max()),
        "labels": make_rows(31, 1).labels["breed"].tolist(),
        "classes": predicted.argmax(axis=-1).tolist(),
    }
    print(json.dumps(found))
