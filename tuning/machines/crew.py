"""Workers on this host: started, and started again when they are killed."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from kpoc.ground.errors import UserError
from kpoc.ground.lifeline import start_tied
from tuning.folder import WORKERS
from tuning.machines.place import ID, IP, PORT, Place

_MOST_DEATHS = 3
_PATIENCE = 20.0
_WORDS = 2000
# else the first of several takes all memory of a GPU
_SHARED = {
    "TF_FORCE_GPU_ALLOW_GROWTH": "true",
    "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
}
_DEVICES = "CUDA_VISIBLE_DEVICES"


class CrewError(UserError, RuntimeError):
    """A worker that cannot work."""


class Crew:
    """The workers that a process starts on its host.

    Args:
        place: That of the process; says how many there are.
        port: Where the chief listens.
        command: What starts a worker: the command of the process itself.
        folder: Where they write what they say, in `workers`.
        variables: Of their environment.
    """

    def __init__(
        self,
        place: Place,
        port: int,
        command: Sequence[str],
        folder: Path,
        variables: Mapping[str, str] | None = None,
    ):
        self._variables = dict(variables or {})
        self.place, self.port, self.command = place, port, list(command)
        self.folder = folder / WORKERS
        self._processes: dict[str, subprocess.Popen] = {}
        self._deaths = self._progress = 0

    @property
    def is_working(self) -> bool:
        """Whether any is still there."""
        return any(one.poll() is None for one in self._processes.values())

    def pids(self) -> dict[str, int]:
        """The number of each process, by name."""
        return {name: process.pid for name, process in self._processes.items()}

    def tend(self, progress: int = 0) -> list[str]:
        """Starts those again that were killed.

        Args:
            progress: A number that grows while the search gets on.

        Returns:
            The names of those that were killed.

        Raises:
            CrewError: One has ended by itself, or they are killed one after the other.
        """
        if progress != self._progress:
            self._deaths, self._progress = 0, progress
        killed = [
            name for name, process in self._processes.items() if (process.poll() or 0)
        ]
        for name in killed:
            self._processes[name].stdin.close()
            status = self._processes[name].returncode
            self._deaths += 1
            if status > 0 or self._deaths > _MOST_DEATHS:
                how = f"status {status}" if status > 0 else f"signal {-status}"
                raise CrewError(f"worker {name} ended with {how}: {self._last(name)}")
            self._start(name)
        return killed

    def _start(self, name: str) -> None:
        number = int(name.rpartition("/")[2])
        self.folder.mkdir(parents=True, exist_ok=True)
        with open(self._log(name), "ab") as log:
            self._processes[name] = start_tied(
                self.command,
                stdout=log,
                stderr=log,
                env=os.environ | self._environment(name, number),
                # Ctrl-C is for this process, which ends its workers itself
                start_new_session=True,
            )

    def _environment(self, name: str, number: int) -> dict[str, str]:
        found = {ID: name, IP: self.place.host, PORT: str(self.port)}
        found |= self._variables
        if self.place.crew > 1:
            found |= {key: os.environ.get(key, way) for key, way in _SHARED.items()}
        devices = os.environ.get(_DEVICES, "").split(",")
        if len(devices) > 1:
            found[_DEVICES] = devices[(number - 1) % len(devices)]
        return found

    def _log(self, name: str) -> Path:
        return self.folder / f"{name.replace('/', '-')}.log"

    def _last(self, name: str) -> str:
        log = self._log(name)
        return f"{log.read_text('utf-8', 'replace')[-_WORDS:].strip()}\n({log})"

    def close(self) -> None:
        """Ends those that have not ended."""
        for process in self._processes.values():
            process.stdin.close()
        for process in self._processes.values():
            _wait(process)

    def __enter__(self) -> Crew:
        for number in range(1, self.place.crew + 1):
            self._start(f"{self.place.name}/{number}")
        return self

    def __exit__(self, *error: object) -> None:
        if error[0] is None:
            # they know of the end and close what they have
            for process in self._processes.values():
                _wait(process)
        self.close()


def _wait(process: subprocess.Popen) -> None:
    try:
        process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
