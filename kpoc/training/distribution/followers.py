"""The other processes on this machine, started by the first and ended with it."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator

from kpoc.ground.child_python import child_command
from kpoc.ground.lifeline import start_tied
from kpoc.runs.run import FAILED, RUNNING, Run
from kpoc.training.child import how_it_ended, open_recipe, train_words
from kpoc.training.distribution.cluster import Cluster, ProcessLost
from kpoc.training.distribution.wanted import Wanted
from kpoc.training.plan import Plan

_GRACE_SECONDS = 10.0
_LOCAL_DEVICES = "JAX_LOCAL_DEVICE_IDS"


@contextlib.contextmanager
def followers(
    plan: Plan, wanted: Wanted, *options: str, resume: bool = False
) -> Iterator[Cluster]:
    """Starts the other processes; they are gone when this ends.

    Args:
        plan: What all train.
        wanted: How many.
        options: More options of `kpoc train`.
        resume: Go on where it was interrupted.

    Yields:
        The cluster, seen from this process, the first one.

    Raises:
        ProcessLost: One of them failed, which is why this process did.
    """
    number = wanted.processes
    cluster = Cluster(f"127.0.0.1:{_free_port()}", number, 0)
    options += ("--processes", str(number), "--coordinator", cluster.coordinator)
    options += ("--devices", str(wanted.devices)) if wanted.devices else ()
    with open_recipe(plan) as recipe:
        words = train_words(plan, recipe, *options, resume=resume)
        started: list[_Follower] = []
        watcher = _Watcher(started, plan)
        try:
            for index in range(1, number):
                own = [*words, "--process-index", str(index)]
                started.append(_Follower(index, number, own, recipe, wanted))
            _give_gpus(os.environ, 0, wanted)
            watcher.start()
            yield cluster
            watcher.done.set()
            for each in started:
                each.wait()
        except ProcessLost as error:
            watcher.done.set()
            # whom it lost may be about to end
            time.sleep(1.0)
            if reason := watcher.reason():
                _note_failure(plan.run, reason)
                raise ProcessLost(reason) from error
            raise
        finally:
            watcher.done.set()
            for each in started:
                each.kill()


class _Follower:
    def __init__(
        self, index: int, number: int, words: list[str], recipe: int, wanted: Wanted
    ):
        self.name = f"process {index} of {number}"
        self._said = tempfile.TemporaryFile()
        environment = dict(os.environ)
        _give_gpus(environment, index, wanted)
        # apart from the terminal: an interrupt is for the first process, which ends all
        self._process = start_tied(
            child_command("kpoc", *words),
            env=environment,
            pass_fds=[recipe],
            stdout=subprocess.DEVNULL,
            stderr=self._said,
            start_new_session=True,
        )

    def reason(self) -> str | None:
        """Why it failed; None if it did not, or not yet."""
        status = self._process.poll()
        if not status:
            return None
        self._said.seek(0)
        said = self._said.read().decode(errors="replace").strip().splitlines()
        own = [line for line in said if line.startswith("kpoc: ")]
        return "\n".join([f"{self.name} was {how_it_ended(status)}", *own[-1:]])

    def wait(self) -> None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_GRACE_SECONDS)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        self._process.stdin.close()
        self._said.close()


class _Watcher(threading.Thread):
    """Ends this process if another one failed and it does not notice by itself."""

    def __init__(self, started: list[_Follower], plan: Plan):
        super().__init__(daemon=True)
        self.done = threading.Event()
        self._followers, self._plan = started, plan

    def reason(self) -> str | None:
        return next(filter(None, (each.reason() for each in self._followers)), None)

    def run(self) -> None:
        while not self.done.wait(0.5):
            if not (reason := self.reason()):
                continue
            if self.done.wait(_GRACE_SECONDS):
                return
            _note_failure(self._plan.run, reason)
            print(f"kpoc: {reason}", file=sys.stderr, flush=True)
            for each in self._followers:
                each.kill()
            os._exit(1)


def _give_gpus(environment, index: int, wanted: Wanted) -> None:
    """Gives a process GPUs of its own; JAX asks for nothing else by this."""
    each = wanted.devices or 1
    own = range(index * each, (index + 1) * each)
    environment.setdefault(_LOCAL_DEVICES, ",".join(map(str, own)))


def _note_failure(run: Run, reason: str) -> None:
    """Notes why a training failed, where the disk allows it."""
    if run.info.get("status") in (RUNNING, FAILED):
        with contextlib.suppress(OSError):
            run.write(status=FAILED, error=reason)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]
