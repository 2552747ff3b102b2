"""Processes that train together: how they meet, agree, hear the first one, and part."""

from __future__ import annotations

import atexit
import hashlib
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

HEARTBEAT_SECONDS = 60
"""After this time without a sign of life a process counts as dead, and all end."""
MEETING_SECONDS = 300
"""How long the processes wait for each other at the start."""

_CHUNK = 1 << 24


class ProcessLost(RuntimeError):
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

        Raises:
            RuntimeError: Not all came in time.
        """
        import jax

        here = self.coordinator.startswith(("127.", "localhost:"))
        # JAX' own handler would wait for the others, who wait for this process
        atexit.register(_end_at_once)
        try:
            jax.distributed.initialize(
                self.coordinator,
                self.processes,
                self.index,
                cluster_detection_method="deactivate",
                coordinator_bind_address=self.coordinator if here else None,
                initialization_timeout=MEETING_SECONDS,
                heartbeat_timeout_seconds=HEARTBEAT_SECONDS,
            )
        except RuntimeError as error:
            raise RuntimeError(
                f"the {self.processes} processes did not meet at {self.coordinator} "
                f"within {MEETING_SECONDS} s: {error}"
            ) from error

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
            named = {n: v for (n, v), d in zip(facts.items(), differ, strict=True) if d}
            raise ValueError(
                "all processes must be started with the same recipe, rows, weights, "
                f"options and software. Received other ones in: {', '.join(named)} "
                f"(process {self.index} has {named})"
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
