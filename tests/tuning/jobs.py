"""Jobs for workers that do in a moment what a training does, and fail as it may."""

import math
import os
import signal
import sys
import time

import yaml


def quick(request, watch):
    """A score that is best at a learning rate of 3e-3, and how a recipe misbehaves.

    Dropout above 0.4 diverges, of 0.4 ends the process by SIGSEGV; batches above
    `$LARGEST_BATCH` run out of memory; `$EXIT_AT` ends the process in that epoch.
    """
    with open(request["recipe"], encoding="utf-8") as file:
        recipe = yaml.safe_load(file)
    print("training", recipe["name"], flush=True)
    if recipe["batch_size"] > int(os.environ.get("LARGEST_BATCH", "1000")):
        os.kill(os.getpid(), signal.SIGKILL)
    dropout = recipe["model"]["dropout"]
    if dropout > 0.4:
        raise TrainingDiverged("`loss` became nan in step 3 of epoch 1")
    if dropout == 0.4:
        os.kill(os.getpid(), signal.SIGSEGV)
    rows = []
    for epoch in range(1, recipe["epochs"] + 1):
        time.sleep(float(os.environ.get("EPOCH_SECONDS", "0")))
        share = 1 - 0.5**epoch
        score = share * quality(recipe)
        row = {"epoch": epoch, "val_loss": 1 - score, "val_tribe_macro_f1": score}
        rows.append(row | {"val_age_mae": 20 - 10 * score})
        if not watch(rows):
            break
    return {
        "cost": {
            "train_seconds": 2.0 * len(rows),
            "compile_seconds": 0.5,
            "images_per_second": 100.0,
            "epochs": len(rows),
            "peak_memory_bytes": 10**9,
            "xla": False,
        },
        "best_epoch": len(rows),
        "xla": {"requested": "auto", "used": False, "why": "a test"},
        "process": os.getpid(),
    }


class TrainingDiverged(RuntimeError):
    """As that of kpoc."""


def quality(recipe):
    """Between 0 and 1."""
    distance = math.log10(recipe["optimizer"]["learning_rate"]) - math.log10(3e-3)
    return 0.9 * math.exp(-(distance**2)) - 0.2 * recipe["model"]["dropout"]


def growing(request, watch):
    """Takes 200 MB more for each request and keeps them."""
    sys.modules.setdefault("kept", []).append(bytearray(os.urandom(1)) * (200 << 20))
    return {"process": os.getpid()}


def out_of_memory(request, watch):
    """Fails as TensorFlow and JAX do on a GPU."""
    raise RuntimeError("RESOURCE_EXHAUSTED: Out of memory while trying to allocate")


def exits(request, watch):
    """Ends the process in silence."""
    os._exit(3)
