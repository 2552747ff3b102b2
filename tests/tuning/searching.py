"""Runs a search with cheap trials: `python searching.py SPACE OUT METHOD TRIALS`."""

import os
import sys
from pathlib import Path

os.environ["KERAS_BACKEND"] = "numpy"

from tuning.tune import prepare, search

if __name__ == "__main__":
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
