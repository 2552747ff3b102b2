"""Runs a search with cheap trials: `python searching.py SPACE OUT METHOD TRIALS`."""

import os
import sys
from pathlib import Path

from tuning.backend import without_backend

if __name__ == "__main__":
    asked = os.environ.get("KERAS_BACKEND")
    without_backend()

    from tuning.tune import prepare, search

    space, out, method, trials = sys.argv[1:]
    prepared = prepare(
        "portraits/baseline",
        space=space,
        overrides={"epochs": 4, "model.dense_units": 16},
        method=method,
        trials=int(trials),
        initial=3,
        out=out,
    )
    here = {"PYTHONPATH": str(Path(__file__).parent)}
    search(prepared, job="jobs:quick", environment=here)
    # what trains is another process (Keras itself imports JAX where there is one)
    loaded = {"tensorflow", "torch"} & sys.modules.keys()
    if loaded or os.environ.get("KERAS_BACKEND") != asked:
        sys.exit(f"loaded {loaded}, backend {os.environ.get('KERAS_BACKEND')}")
