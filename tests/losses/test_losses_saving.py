"""Fresh processes: what an import loads, and saved models that train on."""

import importlib.util
import json
import os
import subprocess
import sys
import zipfile

import keras
import numpy as np
import pytest

from kpoc import losses, metrics, optimizers

IMPORTS = """
import sys
import keras
already = set(sys.modules)
import kpoc.losses, kpoc.metrics, kpoc.optimizers
heavy = {"tensorflow", "pandas", "matplotlib", "sklearn", "keras_tuner", "scipy"}
print(sorted((heavy - already) & set(sys.modules)))
"""

TRAIN_ON = """
import sys
import numpy as np
import kpoc
data = np.load(sys.argv[1])
y = {name: data[name] for name in data.files if name != "x"}
model = kpoc.load(sys.argv[2])
options = {"batch_size": 4, "shuffle": False, "verbose": 0}
history = model.fit(data["x"], y, initial_epoch=3, epochs=6, **options).history
state = model.variables + model.optimizer.variables
logs = [history[name] for name in sorted(history)]
np.savez(sys.argv[3], *[v.numpy() for v in state], np.array(logs))
"""

RNG = np.random.default_rng(0)
X = RNG.normal(0, 1, (12, 3)).astype("float32")
Y = {
    "age": np.log(RNG.uniform(15, 70, 12)),
    "kind": np.array([0, 0, 0, 0, 1, 1, 2, 0, 1, 0, 2, 0]),
    "side": np.array([1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0]),
}
OPTIMIZERS = {
    "sing": lambda: optimizers.SING(
        optimizers.warmup_cosine(0.05, total_steps=9, warmup_steps=2),
        weight_decay=0.1,
        lookahead_steps=3,
        gradient_accumulation_steps=2,
    ),
    "lars": lambda: optimizers.LARS(
        0.3, weight_decay=0.1, trust_coefficient=0.05, layer_adaptation_exclude=["age"]
    ),
}


def run(code, *arguments, backend=None):
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        env={**os.environ, "KERAS_BACKEND": backend or keras.backend.backend()},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_import_is_light():
    # On TensorFlow, Keras itself has it loaded by then.
    backend = "jax" if importlib.util.find_spec("jax") else None
    assert run(IMPORTS, backend=backend).strip() == "[]"


def network(name):
    """A model with three outputs, compiled with losses and metrics of the shelf."""
    keras.utils.set_random_seed(1)
    inputs = keras.Input((3,))
    hidden = keras.layers.Dense(4, activation="tanh")(inputs)
    sizes = {"age": 1, "kind": 3, "side": 1}
    outputs = {key: keras.layers.Dense(n, name=key)(hidden) for key, n in sizes.items()}
    model = keras.Model(inputs, outputs)
    bins = metrics.MeanAbsoluteErrorByBin([1, 30, 80])
    model.compile(
        optimizer=OPTIMIZERS[name](),
        loss={
            "age": losses.DenseLoss.from_data(Y["age"], alpha=0.5, loss="huber"),
            "kind": losses.LMFLoss.from_data(Y["kind"], 3, class_weights="margins"),
            "side": losses.SparseCategoricalFocalCrossentropy.from_data(
                Y["side"], class_weights="balanced"
            ),
        },
        metrics={
            "age": [metrics.InverseTransformed(bins, "log", value_range=(1, 80))],
            "kind": [metrics.SparseF1Score(3), metrics.ExpectedCalibrationError()],
            "side": [metrics.BalancedAccuracy(2), metrics.SparseAccuracy()],
        },
        jit_compile=keras.backend.backend() == "jax",
    )
    return model


@pytest.fixture(
    scope="module", params=["sing", pytest.param("lars", marks=pytest.mark.slow)]
)
def trained(request, tmp_path_factory):
    """Model, logs and what was saved half-way: after 4.5 updates of SING."""
    model = network(request.param)
    path = tmp_path_factory.mktemp("saved") / "model.keras"

    def save(epoch, logs):
        if epoch == 2:
            model.save(path)

    options = {"batch_size": 4, "shuffle": False, "verbose": 0}
    saving = keras.callbacks.LambdaCallback(on_epoch_end=save)
    history = model.fit(X, Y, epochs=6, callbacks=[saving], **options).history
    return model, history, path


def test_training_goes_on_in_a_fresh_process_as_if_never_stopped(trained):
    model, logs, path = trained
    np.savez(path.with_name("data.npz"), x=X, **Y)
    run(TRAIN_ON, path.with_name("data.npz"), path, path.with_name("state.npz"))
    *state, tail = np.load(path.with_name("state.npz")).values()
    variables = model.variables + model.optimizer.variables
    for found, expected in zip(state, variables, strict=True):
        np.testing.assert_allclose(
            found,
            keras.ops.convert_to_numpy(expected),
            rtol=1e-6,
            atol=1e-7,
            err_msg=expected.path,
        )
    expected = np.array([logs[key][3:] for key in sorted(logs)])
    np.testing.assert_allclose(tail, expected, rtol=1e-5)


def test_what_is_saved_is_plain_json(trained):
    def class_names(config):
        if isinstance(config, list):
            return {name for value in config for name in class_names(value)}
        if not isinstance(config, dict):
            return set()
        inside = class_names(list(config.values()))
        return inside | {config.get("class_name")} - {None}

    with zipfile.ZipFile(trained[2]) as file:
        config = json.loads(file.read("config.json"))["compile_config"]
    names = class_names(config)
    assert {"DenseLoss", "LMFLoss", "InverseTransformed"} <= names
    # Keras writes arrays and tensors under names like __numpy__.
    assert not [name for name in names if name.startswith("__")]


def test_loaded_losses_have_the_same_config(trained):
    model, _, path = trained
    loaded = keras.saving.load_model(path)
    for name, loss in model.loss.items():
        assert loaded.loss[name].get_config() == loss.get_config()
    with pytest.raises(ValueError, match="y_true"):
        loaded.loss["kind"](np.array([5]), np.zeros((1, 3)))
