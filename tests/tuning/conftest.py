"""A small search whose trials take no time."""

import contextlib
import dataclasses
import os
import subprocess
import sys
import time
import types
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


class Process:
    """A search with cheap trials in a process of its own.

    Args:
        folder: Where `space.yaml` is, and where it searches.
        words: Method, number of trials, and number of workers if there are any.
        variables: Of its environment.
    """

    def __init__(self, folder, *words, **variables):
        script = Path(__file__).parent / "searching.py"
        command = [sys.executable, "-W", "ignore", script]
        command += [folder / "space.yaml", folder / "searches", *words]
        self.popen = subprocess.Popen(
            [str(word) for word in command],
            env=os.environ | {"EPOCH_SECONDS": "0.02"} | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def until(self, reached):
        """Waits until something is so; gives what it was."""
        while not (found := reached()):
            assert self.popen.poll() is None, self.popen.communicate()[0]
            time.sleep(0.002)
        return found

    def kill(self):
        """Kills it; gives what it had said."""
        self.popen.kill()
        said, _ = self.popen.communicate()
        assert self.popen.returncode == -9, said
        return said

    def end(self):
        """Waits for its end, which must be a good one; gives what it said."""
        said, _ = self.popen.communicate(timeout=300)
        assert self.popen.returncode == 0, said
        return said


def processes_of(number):
    """Numbers of the processes that a process started, from the system."""
    file = Path(f"/proc/{number}/task/{number}/children")
    return [int(child) for child in file.read_text().split()] if file.exists() else []


def ended(number):
    """Whether a process ends soon."""
    for _ in range(500):
        if not Path(f"/proc/{number}").exists():
            return True
        time.sleep(0.01)
    return False


def worker_on(chief, file):
    """Numbers of a chief's worker, and of its training, that writes to a file."""
    for worker in processes_of(chief):
        for training in processes_of(worker):
            with contextlib.suppress(FileNotFoundError):
                if any(one.resolve() == file for one in descriptors(training)):
                    return worker, training
    return None


def descriptors(number):
    return list(Path(f"/proc/{number}/fd").iterdir())


@pytest.fixture
def processes():
    """Real processes: start one, see what it started, see one end."""
    return types.SimpleNamespace(
        start=Process, of=processes_of, ended=ended, worker_on=worker_on
    )
