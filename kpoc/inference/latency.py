"""How long a call takes: latency of a single image."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import numpy as np


def latencies_ms(
    calls: Mapping[str, Callable[[], object]], rounds: int = 5, repeats: int = 10
) -> dict[str, dict[str, float]]:
    """Milliseconds of calls, median and 95th percentile, by name.

    In each round every call has its turn, so that what else the machine does hits all
    alike. The first calls of a turn compile, warm the caches and are not counted.

    Args:
        calls: What to time, by name.
        rounds: Number of rounds.
        repeats: Counted calls a turn.
    """
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            for _ in range(3):
                call()
            for _ in range(repeats):
                start = time.perf_counter()
                call()
                times[name].append(1000 * (time.perf_counter() - start))
    found = {name: np.percentile(each, [50, 95]) for name, each in times.items()}
    return {name: {"p50": float(a), "p95": float(b)} for name, (a, b) in found.items()}
