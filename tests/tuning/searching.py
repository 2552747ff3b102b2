"""A search with cheap trials: `python searching.py SPACE OUT METHOD TRIALS [WORKERS]`.

With `$LEASE`, workers that are silent for so many seconds count as gone.
"""

import importlib.util
import os
import sys
from pathlib import Path

from tuning.backend import without_backend

if __name__ == "__main__":
    asked = os.environ.get("KERAS_BACKEND")
    without_backend()

    from tuning.machines.part import take_part
    from tuning.machines.place import find_place
    from tuning.tune import prepare

    space, out, method, trials, *workers = sys.argv[1:]
    place, wrong = find_place(*workers or [None], os.environ)
    prepared = prepare(
        "portraits/baseline",
        space=space,
        overrides={"epochs": 4, "model.dense_units": 16},
        method=method,
        trials=int(trials),
        initial=3,
        out=out,
        wrong=wrong,
    )
    here = {"PYTHONPATH": str(Path(__file__).parent)}
    command = [sys.executable, *sys.orig_argv[1:]]
    lease = float(os.environ.get("LEASE", "60"))
    take_part(prepared, place, command, job="jobs:quick", environment=here, lease=lease)
    # what trains is another process; without JAX Keras' import loads a backend
    no_jax = importlib.util.find_spec("jax") is None
    loaded = set() if no_jax else {"tensorflow", "torch"} & sys.modules.keys()
    if loaded or os.environ.get("KERAS_BACKEND") != asked:
        sys.exit(f"loaded {loaded}, backend {os.environ.get('KERAS_BACKEND')}")
