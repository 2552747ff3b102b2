"""Times candidates in turns, so that what else the machine does hits all alike."""

import argparse
import dataclasses
import statistics
import time
from collections.abc import Callable, Mapping, Sequence


@dataclasses.dataclass
class Times:
    """Seconds of each call: by the clock, and of all threads of this process."""

    wall: list[float] = dataclasses.field(default_factory=list)
    cpu: list[float] = dataclasses.field(default_factory=list)

    def add(self, call: Callable[[], object]) -> None:
        """Times one call."""
        wall, cpu = time.perf_counter(), time.process_time()
        call()
        self.wall.append(time.perf_counter() - wall)
        self.cpu.append(time.process_time() - cpu)


def in_turns(
    candidates: Mapping[str, Callable[[], object]], rounds: int, warm_up: int = 2
) -> dict[str, Times]:
    """Calls each candidate once a round.

    Args:
        candidates: By name, what returns when its work is done.
        rounds: Calls of each that count.
        warm_up: Calls of each before, which compile and fill caches.
    """
    for _ in range(warm_up):
        for call in candidates.values():
            call()
    times = {name: Times() for name in candidates}
    for _ in range(rounds):
        for name, call in candidates.items():
            times[name].add(call)
    return times


def step_options(
    description: str, backbones: Sequence[str], image_size: int
) -> argparse.ArgumentParser:
    """A command line for steps of backbones: which, with what batches, how many."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--backbones", nargs="+", default=backbones)
    parser.add_argument("--image-size", type=int, default=image_size)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--steps", type=int, default=10)
    return parser


HEADER = (
    "| what | ms | peer | its ms | ratio, least | ratio, CPU time |\n"
    "|---|---|---|---|---|---|"
)


def row(what: str, own: Times, peer: str, other: Times) -> str:
    """A row for HEADER: medians by the clock, then what noise disturbs least."""
    shown = [f"{statistics.median(t.wall) * 1e3:.3g}" for t in (own, other)]
    least = min(own.wall) / min(other.wall)
    cpu = statistics.median(own.cpu) / statistics.median(other.cpu)
    return f"| {what} | {shown[0]} | {peer} | {shown[1]} | {least:.2f} | {cpu:.2f} |"
