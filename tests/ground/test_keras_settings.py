"""Keras' settings: which backend is taken, what is refused, what a recipe decides."""

import contextlib
import json
import os
import subprocess
import sys

import keras
import numpy as np
import pytest

from kpoc.ground.keras_settings import recipe_settings
from kpoc.training.train import train

BLOCK = """
from importlib.machinery import PathFinder

find = PathFinder.find_spec

def find_spec(name, path=None, target=None):
    if name.split(".")[0] not in {blocked}:
        return find(name, path, target)

PathFinder.find_spec = find_spec
"""
CHOSEN = "import os, kpoc, sys; print(os.environ.get('KERAS_BACKEND'))"


@pytest.fixture
def here(tmp_path):
    """Runs Python where some packages cannot be found, with a Keras home of its own."""

    def run(*words, blocked=(), settings=None, backend=None):
        if settings is not None:
            (tmp_path / "keras.json").write_text(settings)
        (tmp_path / "sitecustomize.py").write_text(BLOCK.format(blocked=set(blocked)))
        kept = os.environ | {"KERAS_HOME": str(tmp_path), "PYTHONPATH": str(tmp_path)}
        kept.pop("KERAS_BACKEND", None)
        kept |= {"KERAS_BACKEND": backend} if backend else {}
        return subprocess.run(
            [sys.executable, *words], env=kept, capture_output=True, text=True
        )

    return run


@pytest.mark.parametrize(
    ("blocked", "said", "chosen"),
    [
        ([], "tensorflow", "None"),
        (["tensorflow"], None, "jax"),
        # as Keras writes it by itself
        (["tensorflow"], "tensorflow", "jax"),
        (["tensorflow", "jax"], "tensorflow", "torch"),
        # somebody's own word
        (["tensorflow"], "torch", "None"),
        (["tensorflow", "jax", "torch"], None, "None"),
    ],
)
def test_which_backend_is_taken(here, blocked, said, chosen):
    for name in {"jax", "torch"} - set(blocked):
        pytest.importorskip(name)
    settings = json.dumps({"backend": said}) if said else None
    done = here("-c", CHOSEN, blocked=blocked, settings=settings)
    assert done.stdout.strip() == chosen, done.stderr


ALL = ["tensorflow", "jax", "torch"]


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        ({"blocked": ALL}, ["kpoc[tensorflow]", "kpoc[jax]", "kpoc[torch]"]),
        ({"blocked": ["jax"], "backend": "jax"}, ["`KERAS_BACKEND`", "kpoc[jax]"]),
        ({"backend": "theano"}, ["`KERAS_BACKEND`", "'theano'"]),
        ({"settings": '{"backend": "theano"}'}, ["keras.json", "'theano'"]),
        ({"settings": '{"floatx": "float32",'}, ["keras.json", "JSON"]),
        ({"settings": "[1]"}, ["keras.json", "a list"]),
        (
            {"settings": '{"floatx": "half", "epsilon": 1}'},
            ["keras.json", "'half'", "`epsilon`"],
        ),
    ],
)
def test_what_keras_would_fail_on_is_one_line(here, tmp_path, options, parts):
    done = here("-m", "kpoc", "train", "--runs", str(tmp_path), **options)
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert all(part in line for part in parts), line


@contextlib.contextmanager
def settings_of_another_project():
    config, before = keras.config, keras.config.epsilon()
    config.set_image_data_format("channels_first")
    config.set_floatx("float16")
    config.set_epsilon(1e-2)
    config.set_max_epochs(1)
    try:
        yield
        assert config.image_data_format() == "channels_first"
        assert config.floatx() == "float16"
        assert config.epsilon() == 1e-2
        assert config.max_epochs() == 1
    finally:
        config.set_image_data_format("channels_last")
        config.set_floatx("float32")
        config.set_epsilon(before)
        config.set_max_epochs(None)


def test_a_recipe_decides_for_as_long_as_it_needs_to():
    config = keras.config
    with settings_of_another_project(), recipe_settings():
        assert config.image_data_format() == "channels_last"
        assert config.floatx() == config.dtype_policy().name == "float32"
        assert config.epsilon() == 1e-7 and config.max_epochs() is None


@pytest.mark.slow
def test_a_training_is_the_same_under_any_settings_and_leaves_them(workshop, tmp_path):
    def losses(folder):
        run = train(workshop / "baseline.yaml", runs=tmp_path / folder)
        return run.history["loss"]

    with settings_of_another_project():
        found = losses("theirs")
    np.testing.assert_array_equal(found, losses("plain"))
