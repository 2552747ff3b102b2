"""Fresh processes: what an import loads, and a saved model that trains on."""

import os
import subprocess
import sys

import keras
import numpy as np
import pytest

from kpoc.losses import DenseLoss, LMFLoss

IMPORTS = """
import sys, time
import keras
already = set(sys.modules)
start = time.process_time()
import kpoc.losses
seconds = time.process_time() - start  # of this process: others do not count
heavy = {"tensorflow", "pandas", "matplotlib", "sklearn", "keras_tuner", "scipy"}
print(sorted((heavy - already) & set(sys.modules)), seconds < 0.1)
"""

TRAIN_ON = """
import sys
import keras, numpy as np
import kpoc.losses
model = keras.saving.load_model(sys.argv[1])
data = np.load(sys.argv[2])
y = {"age": data["age"], "kind": data["kind"]}
model.fit(data["x"], y, batch_size=4, epochs=2, shuffle=False, verbose=0)
np.savez(sys.argv[3], *model.get_weights())
"""


def run(code, *arguments):
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        env={**os.environ, "KERAS_BACKEND": keras.backend.backend()},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_import_is_light():
    assert run(IMPORTS).strip() == "[] True"


def model_and_data():
    rng = np.random.default_rng(0)
    x = rng.normal(0, 1, (8, 3)).astype("float32")
    y = {"age": rng.uniform(15, 70, 8), "kind": np.array([0, 0, 0, 0, 1, 1, 2, 0])}
    inputs = keras.Input((3,))
    outputs = {
        "age": keras.layers.Dense(1, name="age")(inputs),
        "kind": keras.layers.Dense(3, name="kind")(inputs),
    }
    model = keras.Model(inputs, outputs)
    model.compile(
        optimizer="adam",
        loss={
            "age": DenseLoss.from_data(y["age"], alpha=0.5, loss="huber"),
            "kind": LMFLoss.from_data(y["kind"], 3, class_weights="margins"),
        },
    )
    return model, x, y


def test_training_goes_on_in_a_fresh_process(tmp_path):
    model, x, y = model_and_data()
    fit = {"batch_size": 4, "epochs": 2, "shuffle": False, "verbose": 0}
    model.fit(x, y, **fit)
    model.save(tmp_path / "model.keras")
    np.savez(tmp_path / "data.npz", x=x, **y)
    run(
        TRAIN_ON,
        tmp_path / "model.keras",
        tmp_path / "data.npz",
        tmp_path / "weights.npz",
    )
    model.fit(x, y, **fit)
    found = np.load(tmp_path / "weights.npz")
    for expected, name in zip(model.get_weights(), found.files, strict=True):
        np.testing.assert_allclose(found[name], expected, rtol=1e-5, atol=1e-7)


def test_loaded_losses_have_the_same_config(tmp_path):
    model, x, y = model_and_data()
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    for name, loss in model.loss.items():
        assert loaded.loss[name].get_config() == loss.get_config()
    with pytest.raises(ValueError, match="y_true"):
        loaded.loss["kind"](np.array([5]), np.zeros((1, 3)))
