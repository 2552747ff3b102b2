"""Run directories as a training leaves them, made without training."""

import json

import numpy as np
import pandas as pd
import yaml

from kpoc.protocols.manifest import Manifest
from kpoc.recipe import load_recipe

CARD = {
    "intended_use": ["Only in this test."],
    "out_of_scope": ["Everything | else <b>."],
    "ethics": ["Drawn."],
    "limits": ["Few rows."],
}


def make_run(folder, seed=0, n=60, card=CARD, **record):
    """A finished run of `portraits/baseline` with random predictions of validation.

    It has no predictions of the test rows at all.
    """
    folder.mkdir(parents=True)
    recipe = load_recipe("portraits/baseline", {"seed": seed, "epochs": 4})
    (folder / "recipe.yaml").write_text(recipe.to_yaml())
    generator = np.random.default_rng(seed)
    targets = recipe.task.targets
    table = pd.DataFrame({"id": [f"{i:03d}" for i in range(2 * n)]})
    table["path"] = table["id"] + ".png"
    table["split"] = np.repeat(["validation", "train"], n)
    table["stratum"], table["sha256"] = "", "0a"
    table["age"] = generator.integers(1, 81, 2 * n).astype(float)
    for name in ("kind", "tribe"):
        table[name] = generator.choice(targets[name].classes, 2 * n)
    table["age_band"] = np.where(table["age"] < 5, "1-10", "11-80")
    meta = {
        "protocol": "mine",
        "description": "Rows of a test",
        "licence": "as one likes",
        "citation": "Nobody, 2020",
        "steps": [
            {
                "name": "remove",
                "parameters": {"where": {"tribe": "Maple"}, "fraction": 0.75},
                "counts": {"rows": 2 * n},
            }
        ],
        **({"card": card} if card else {}),
    }
    manifest = Manifest(table, meta)
    manifest.save(folder / "manifest.parquet")
    given = table.head(n)[["id"]].assign(age=table["age"] + 3.0)
    for name in ("kind", "tribe"):
        classes = targets[name].classes
        shares = generator.dirichlet(np.ones(len(classes)), n)
        given[[f"{name}.{label}" for label in classes]] = shares
    given.to_parquet(folder / "predictions_validation.parquet")
    cost = {
        "train_seconds": 75.0,
        "images_per_second": 300.0,
        "epochs": 4,
        "parameters": 1234,
        "trainable_parameters": 1200,
        "file_bytes": 56_000,
        "peak_memory_bytes": 10**9,
        "latency_ms": {"p50": 2.0, "p95": 3.0},
        "xla": False,
    }
    run = {
        "status": "finished",
        "seed": seed,
        "started": "2026-01-01T00:00:00Z",
        "best_epoch": 3,
        "versions": {"kpoc": "0.1.0", "keras": "3.15.1"},
        "git": {"commit": "abcdef0123456789"},
        "environment": {"cpus": 2, "accelerators": [], "backend": "jax"},
        "data": {"protocol": "mine", "synthetic": True, "digest": manifest.digest},
        "weights": {"origin": "somewhere", "sha256": "c0ffee"},
        "cost": cost,
        **record,
    }
    (folder / "run.json").write_text(json.dumps(run))
    return folder


def truth_and_given(folder):
    """Validation rows and predictions, in one table by id."""
    rows = Manifest.load(folder / "manifest.parquet").rows("validation")
    given = pd.read_parquet(folder / "predictions_validation.parquet")
    return rows.set_index("id"), given.set_index("id")


def recipe_of(folder):
    return yaml.safe_load((folder / "recipe.yaml").read_text())
