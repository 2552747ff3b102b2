"""A small search whose trials take no time."""

import dataclasses
from pathlib import Path

import pytest

from tuning.folder import Folder
from tuning.tune import prepare, search

SPACE = """
median_rule: null
keys:
  optimizer.learning_rate: {kind: float, low: 1e-5, high: 1e-1, scale: log}
  model.dropout: {kind: float, low: 0.0, high: 0.3}
  batch_size: {kind: choice, values: [8, 16, 32]}
"""


@pytest.fixture(scope="session")
def space():
    """The text of the space."""
    return SPACE


@pytest.fixture(scope="session")
def prepared_in():
    """Checks a search around portraits/baseline in a folder."""

    def make(folder, text=SPACE, **arguments):
        file = Path(folder) / "space.yaml"
        file.write_text(text)
        options = {
            "overrides": {"epochs": 4, "model.dense_units": 16},
            "trials": 8,
            "initial": 3,
            "out": Path(folder) / "searches",
        }
        return prepare("portraits/baseline", space=str(file), **options | arguments)

    return make


@pytest.fixture(scope="session")
def plain(tmp_path_factory, prepared_in):
    """A checked search of 8 trials."""
    return prepared_in(tmp_path_factory.mktemp("plain"))


@pytest.fixture
def run(tmp_path):
    """Runs a prepared search with cheap trials, in a folder of its own."""

    def run_search(prepared, job="jobs:quick", folder="search", **variables):
        prepared = dataclasses.replace(prepared, folder=Folder(tmp_path / folder))
        here = {"PYTHONPATH": str(Path(__file__).parent)}
        return search(prepared, job=job, environment={**here, **variables})

    return run_search
