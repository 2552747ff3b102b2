"""The process that searches, with JAX and without."""

import os
import subprocess
import sys

import pytest

SEARCH = """
import os, sys
if "without" in sys.argv:
    sys.modules["jax"] = None
from tuning.backend import without_backend
without_backend()
import keras, tuning.tune
print(keras.backend.backend(), os.environ["KERAS_BACKEND"])
"""


@pytest.mark.parametrize(
    ("jax", "backend"), [("with", "numpy"), ("without", "tensorflow")]
)
def test_keras_is_over_numpy_where_that_can_be_had(jax, backend):
    if jax == "with":
        pytest.importorskip("jax")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SEARCH, jax],
        env=os.environ | {"KERAS_BACKEND": "tensorflow"},
        capture_output=True,
        text=True,
    )
    assert done.stdout.split() == [backend, "tensorflow"], done.stderr
