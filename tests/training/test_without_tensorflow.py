"""Training, predicting and comparing where TensorFlow cannot be imported."""

import keras
import numpy as np
import pandas as pd
import pytest

from kpoc.batches.targets import prediction_table
from kpoc.pictures.decode import read_image
from kpoc.runs.run import Run

BLOCK = """
from importlib.machinery import PathFinder

find = PathFinder.find_spec

def find_spec(name, path=None, target=None):
    if name.split(".")[0] not in {"tensorflow", "tensorboard"}:
        return find(name, path, target)

PathFinder.find_spec = find_spec
"""
# JAX compiles a small model for seconds: quick code is worth less than soon
QUICK = "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true"


@pytest.fixture(scope="module")
def blocked(tmp_path_factory):
    """What makes a process fail that imports TensorFlow."""
    folder = tmp_path_factory.mktemp("blocked")
    (folder / "sitecustomize.py").write_text(BLOCK)
    return {"PYTHONPATH": str(folder), "XLA_FLAGS": QUICK}


def test_a_run_on_jax_is_an_ordinary_run(kpoc_command, tmp_path, blocked, killing):
    pytest.importorskip("jax")
    words = ("train", "baseline.yaml", "--runs", tmp_path)
    said = kpoc_command(*words, KERAS_BACKEND="jax", **blocked).stdout
    run = Run(said.splitlines()[-1].removeprefix("run: "))
    assert run.is_finished and not run.checkpoint.exists()
    info = run.info
    assert info["environment"]["backend"] == "jax" and info["xla"]["used"] is True
    history = run.history
    assert history["epoch"].tolist() == [1, 2]
    events = killing.events(run.path)
    assert [step for step, _ in events["validation", "epoch_loss"]] == [0, 1]
    values = [value for _, value in events["train", "epoch_loss"]]
    np.testing.assert_allclose(values, history["loss"], rtol=1e-6)

    # TensorFlow loads what JAX has saved, and predicts the same
    assert keras.backend.backend() == "tensorflow"
    images = np.stack([read_image(path) for path in run.manifest.paths("test")])
    outputs = {name: np.asarray(values) for name, values in run.model()(images).items()}
    ids, targets = run.manifest.rows("test")["id"], run.recipe.task.targets
    again, saved = prediction_table(ids, targets, outputs), run.predictions("test")
    for column in saved.columns.drop("id"):
        np.testing.assert_allclose(again[column], saved[column], rtol=2e-4, atol=2e-5)


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_compare_and_predict(kpoc_command, tmp_path, blocked, backend):
    pytest.importorskip(backend)
    words = ["baseline.yaml", "lmf_denseweight.yaml", "--seeds", 2, "--runs", tmp_path]
    environment = {"KERAS_BACKEND": backend, **blocked}
    said = kpoc_command("compare", *words, **environment).stdout
    assert "index.html" in said
    runs = [Run(file.parent) for file in tmp_path.rglob("predictions_test.parquet")]
    assert len(runs) == 4
    images = [str(path) for path in runs[0].manifest.paths("test")]
    words = ["predict", runs[0].path, *images, "--format", "csv"]
    (tmp_path / "mine.csv").write_text(kpoc_command(*words, **environment).stdout)
    mine, saved = pd.read_csv(tmp_path / "mine.csv"), runs[0].predictions("test")
    for column in saved.columns.drop("id"):
        np.testing.assert_allclose(mine[column], saved[column], rtol=2e-4, atol=2e-5)
