"""A chief that serves in a thread, and workers beside it, over a real network."""

import dataclasses
import functools
import socket
import threading
import time
from pathlib import Path

import pytest

from tuning.folder import Folder
from tuning.machines.chief import serve
from tuning.machines.place import Place
from tuning.machines.token import TOKEN
from tuning.machines.work import work
from tuning.tune import search

JOBS = {"PYTHONPATH": str(Path(__file__).parents[1])}


class Served:
    """A search whose chief is at work in a thread.

    Args:
        prepared: The search.
        lease: Seconds after which a silent worker counts as gone; None for a chief
            elsewhere.
    """

    def __init__(self, prepared, lease=30.0):
        self.prepared = prepared
        self.port = free_port()
        self.failures, self._threads = [], []
        if lease is not None:
            place = self.place("chief")
            served = functools.partial(serve, place=place, command=[], lease=lease)
            self._begin(search, prepared, serve=served)

    def place(self, name):
        return Place(name, "127.0.0.1", self.port)

    def worker(self, name, prepared=None, patience=60.0, **variables):
        """Starts one in a thread; only its training process is another process."""
        self._begin(
            work,
            prepared or self.prepared,
            self.place(name),
            job="jobs:quick",
            environment={**JOBS, **variables},
            patience=patience,
        )

    def _begin(self, function, *arguments, **options):
        def run():
            try:
                function(*arguments, **options)
            except Exception as error:
                self.failures.append(error)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        self._threads.append(thread)

    def until(self, reached):
        """Waits until something is so."""
        for _ in range(1000):
            if reached():
                return
            assert not self.failures, self.failures
            time.sleep(0.02)
        raise AssertionError("it never came to be")

    def join(self):
        """Waits until all have ended."""
        for thread in self._threads:
            thread.join(60)
            assert not thread.is_alive(), self.failures

    def wait(self):
        """Until all have ended well; gives what the trials gave."""
        self.join()
        assert not self.failures
        return self.prepared.folder.records()


def free_port():
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return asked.getsockname()[1]


@pytest.fixture(autouse=True)
def token(monkeypatch):
    """What all processes of a search know, wherever their folders are."""
    monkeypatch.setenv(TOKEN, "of-these-tests-alone")
    return "of-these-tests-alone"


@pytest.fixture
def in_folder(tmp_path):
    """A prepared search in a folder of the test."""

    def make(prepared, folder="search"):
        return dataclasses.replace(prepared, folder=Folder(tmp_path / folder))

    return make


@pytest.fixture
def served():
    """Starts a chief; see `Served`."""
    return Served


@pytest.fixture
def unused_port():
    """A port that nobody listens at."""
    return free_port()
