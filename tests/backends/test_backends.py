"""Runs each room's `test_<room>_every_backend.py` under the other backends.

One process a backend: Keras reads KERAS_BACKEND once, at import. With `--runslow` the
rooms' whole folders run, slow tests included.
"""

import importlib.util
import os
import pathlib
import subprocess
import sys

import keras
import pytest

TESTS = pathlib.Path(__file__).parents[1]
MODULES = {"tensorflow": "tensorflow", "jax": "jax", "torch": "torch"}
# JAX compiles each unit for a handful of numbers: quick code is worth less than soon.
QUICK = "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true"
# Rooms of which all other tests are for TensorFlow.
MIXED = {"training"}
OTHERS = [name for name in MODULES if name != keras.backend.backend()]


@pytest.mark.parametrize("backend", OTHERS)
def test_units_on_another_backend(request, backend):
    if importlib.util.find_spec(MODULES[backend]) is None:
        pytest.skip(f"{backend} is not installed")
    slow = request.config.getoption("--runslow")
    units = sorted(TESTS.glob("*/test_*_every_backend.py"))
    assert units
    whole = [unit for unit in units if slow and unit.parent.name not in MIXED]
    paths = sorted({*units} - {*whole} | {unit.parent for unit in whole})
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    command += [str(path) for path in paths] + ["--runslow"] * slow
    env = {**os.environ, "KERAS_BACKEND": backend}
    if backend == "jax" and not slow:
        env.setdefault("XLA_FLAGS", QUICK)
    done = subprocess.run(
        command,
        cwd=TESTS.parent,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert " passed" in done.stdout
