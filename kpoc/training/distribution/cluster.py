"""Processes that train together: how they meet, agree, hear the first one, and part."""

from __future__ import annotations

import atexit
import hashlib
import os
import socket
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from kpoc.ground.errors import UserError
from kpoc.ground.text import say

HEARTBEAT_SECONDS = 60
"""After this time without a sign of life a process counts as dead, and all end."""
MEETING_SECONDS = 300
"""How long the processes wait for each other at the start."""

_CHUNK = 1 << 24


class ProcessLost(UserError, RuntimeError):
    """Another process of the training has ended."""


@dataclass(frozen=True)
class Cluster:
    """The processes, seen from one of them, which is in from `join` to `leave`.

    A process that ends in between, for whatever reason, takes all others with it: none
    waits for it for ever.

    Attributes:
        coordinator: `host:port` of the first process.
        processes: Number of processes.
        index: Number of this process, from 0.
    """

    coordinator: str
    processes: int
    index: int

    @property
    def is_first(self) -> bool:
        """Whether this is the process that writes the run directory."""
        return self.index == 0

    def join(self) -> None:
        """Waits for all processes; JAX must not have looked for devices before.

        If some do not come in time, JAX ends the process and says which.

        Raises:
            RuntimeError: The first process does not answer.
        """
        import jax

        if self.is_first:
            say(
                f"process 0 of {self.processes} waits for the others at "
                f"{self.coordinator}"
            )
        else:
            self._reach_first()
        here = self.coordinator.startswith(("127.", "localhost:"))
        # JAX' own handler would wait for the others, who wait for this process
        atexit.register(_end_at_once)
        jax.distributed.initialize(
            self.coordinator,
            self.processes,
            self.index,
            cluster_detection_method="deactivate",
            coordinator_bind_address=self.coordinator if here else None,
            initialization_timeout=MEETING_SECONDS,
            heartbeat_timeout_seconds=HEARTBEAT_SECONDS,
        )

    def _reach_first(self) -> None:
        host, _, port = self.coordinator.rpartition(":")
        until = time.monotonic() + MEETING_SECONDS
        while True:
            try:
                socket.create_connection((host, int(port)), timeout=5).close()
                return
            except OSError as error:
                if time.monotonic() > until:
                    raise RuntimeError(
                        f"nobody answers at {self.coordinator} ({error}); process 0 "
                        "must run there, and the port be open"
                    ) from error
            time.sleep(0.5)

    def leave(self) -> None:
        """Waits for all processes, then each is by itself."""
        import jax

        jax.distributed.shutdown()

    def agree(self, facts: Mapping[str, str]) -> None:
        """Checks that all processes were started with the same.

        Args:
            facts: What must be the same, by name.

        Raises:
            ValueError: Something is not; names it, in every process.
        """
        from jax.experimental.multihost_utils import process_allgather

        hashes = [hashlib.sha256(value.encode()).digest() for value in facts.values()]
        own = np.frombuffer(b"".join(hashes), np.uint8).reshape(len(facts), -1)
        differ = (process_allgather(own) != own).any(axis=(0, 2))
        if differ.any():
            found = zip(facts, differ, strict=True)
            raise ValueError(
                "all processes must be started with the same command and software. "
                f"What differs: {', '.join(name for name, other in found if other)}"
            )

    def hear(self, content: bytes | None) -> bytes:
        """What the first process says to all.

        Args:
            content: What it says; None in the others.
        """
        from jax.experimental.multihost_utils import broadcast_one_to_all

        size = -1 if content is None else len(content)
        # two numbers: JAX' integers have 32 bits
        high, low = broadcast_one_to_all(np.array(divmod(size, _CHUNK), np.int32))
        size = int(high) * _CHUNK + int(low)
        said = []
        for start in range(0, size, _CHUNK):
            part = np.zeros(min(_CHUNK, size - start), np.uint8)
            if content is not None:
                part[:] = np.frombuffer(content, np.uint8)[start : start + _CHUNK]
            said.append(broadcast_one_to_all(part).tobytes())
        return b"".join(said)


def is_loss(error: Exception) -> bool:
    """Whether an error says that another process cannot be reached."""
    import jax

    return isinstance(error, jax.errors.JaxRuntimeError) or "Gloo" in str(error)


def _end_at_once() -> None:
    import jax

    if jax.distributed.is_initialized():
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(1)
