"""One training on several devices of a process."""

import json
import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from kpoc.training.distribution.together import require_jax
from kpoc.training.plan import make_plan

# JAX compiles a small model for seconds: quick code is worth less than soon
QUICK = "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true"
FOUR = f"{QUICK} --xla_force_host_platform_device_count=4"


def test_four_devices_fit_as_one_does(tmp_path):
    pytest.importorskip("jax")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", Path(__file__).with_name("fitting.py"), "."],
        cwd=tmp_path,
        env={**os.environ, "KERAS_BACKEND": "jax", "XLA_FLAGS": FOUR},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["facts"] == {"distribution": {"processes": 1, "devices": 4}}
    assert found["weights"] < 1e-5 and found["predicted"] < 1e-5
    one, four = found["logs"]
    assert one.keys() == four.keys() and len(one) == 12
    for name, value in one.items():
        np.testing.assert_allclose(four[name], value, atol=1e-6, err_msg=name)
    # over all rows, each once
    right = np.equal(found["labels"], found["classes"]).mean()
    assert four["val_accuracy 2"] == pytest.approx(right, abs=1e-6)


@pytest.mark.skipif(keras.backend.backend() == "jax", reason="JAX can do it")
def test_another_backend_is_refused(workshop):
    plan = make_plan(workshop / "baseline.yaml")
    with pytest.raises(ValueError, match="KERAS_BACKEND=jax. Received: tensorflow"):
        require_jax(plan)
