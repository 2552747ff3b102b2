"""For how long a worker is believed to be alive."""

from __future__ import annotations

import math
import time
from collections.abc import Callable


class Leases:
    """Who has been heard of, and until when that counts.

    KerasTuner's chief never learns that a worker is gone. Here every call of a worker
    renews its lease, as does a call of its own that it makes every few seconds however
    long an epoch takes; when the lease has run out, its trial goes to another.

    Args:
        seconds: How long a lease lasts.
        clock: What tells the time.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic):
        self.seconds, self._clock = seconds, clock
        self._until: dict[str, float] = {}

    def renew(self, worker: str) -> None:
        """A worker has been heard of."""
        self._until[worker] = self._clock() + self.seconds

    def end(self, start: str) -> None:
        """The workers whose names begin so are known to be gone."""
        for worker in list(self._until):
            if worker.startswith(start):
                self._until[worker] = -math.inf

    def forget(self, worker: str) -> None:
        """A worker has been told that the search is done."""
        self._until.pop(worker, None)

    def holds(self, worker: str) -> bool:
        """Whether a worker counts as alive."""
        return self._clock() < self._until.get(worker, -math.inf)

    def living(self) -> list[str]:
        """The workers that count as alive and do not know that the search is done."""
        return [worker for worker in list(self._until) if self.holds(worker)]
