"""How a search goes, in the terminal: a table that grows, and the running trials."""

from __future__ import annotations

import shutil
import sys
import threading
from collections.abc import Mapping, Sequence

from kpoc.ground.text import say
from kpoc.report.numbers import shorten
from tuning.folder import Record
from tuning.objective import Objective

_VALUES = 72
"""Characters of the drawn values; longer ones are cut."""


class Display:
    """Says what trials give.

    On a terminal the lines of running trials are drawn again after each epoch;
    elsewhere there is a line for each finished one. A star marks a trial that was the
    best when it ended.

    Args:
        objective: What is sought.
        trials: How many trials there will be at most.
        done: The trials of before.
    """

    def __init__(self, objective: Objective, trials: int, done: Sequence[Record] = ()):
        self.objective, self.trials = objective, trials
        self.best: Record | None = None
        self._before = list(done)
        self._running: dict[int, str] = {}
        self._drawn = 0
        self._live = sys.stdout.isatty()
        # a chief tells of trials in one thread and of its workers in another
        self._lock = threading.Lock()

    def begin(self) -> None:
        """Writes the head, and the trials of before."""
        say(f"{'trial':>8}   {self.objective.label:<18} epochs     time   what")
        for record in self._before:
            say(self._finished(record))

    def epoch(self, record: Record, epochs: int) -> None:
        """Shows a running trial."""
        with self._lock:
            line = self._line(record, " ", f"{record.epochs}/{epochs}")
            self._running[record.number] = line
            self._draw()

    def end(self, record: Record) -> None:
        """Writes the line of a finished trial."""
        with self._lock:
            self._running.pop(record.number, None)
            self._draw(self._finished(record))

    def drop(self, number: int) -> None:
        """Shows a trial no more, until it runs again."""
        with self._lock:
            self._running.pop(number, None)
            self._draw()

    def note(self, text: str) -> None:
        """Writes a line of something else."""
        with self._lock:
            self._draw(f"{'':8}   {text}")

    def _draw(self, stays: str | None = None) -> None:
        """Writes a line that stays, and below it what runs."""
        if self._live and self._drawn:
            print(f"\033[{self._drawn}A\033[J", end="")
        if stays is not None:
            say(stays)
        if not self._live:
            return
        lines = [self._running[number] for number in sorted(self._running)]
        if lines and self.best is not None:
            best = f"best so far: {self.best.score:.4f}"
            lines.append(f"{'':8}   {best}, trial {self.best.number + 1}")
        # a line that is broken would be two to go up
        width = shutil.get_terminal_size().columns - 1
        for line in lines:
            print(line[:width])
        sys.stdout.flush()
        self._drawn = len(lines)

    def _finished(self, record: Record) -> str:
        if record.is_complete and (
            self.best is None or self.objective.better(record.score, self.best.score)
        ):
            self.best = record
        epochs = f"{record.epochs} stopped" if record.stopped else str(record.epochs)
        return self._line(record, "*" if record is self.best else " ", epochs)

    def _line(self, record: Record, mark: str, epochs: str) -> str:
        score = f"failed: {record.reason}"
        if record.score is not None:
            score = f"{record.score:.4f}"
        seconds = f"{record.seconds:.0f} s" if record.seconds else ""
        number = f"{record.number + 1}/{self.trials}"
        return (
            f"{number:>8} {mark} {score:<18} {epochs:<10} {seconds:<6} "
            f"{shorten(in_words(record.levels), _VALUES)}"
        )


def in_words(levels: Mapping[str, object]) -> str:
    """What was drawn, in one line.

    Example:
        >>> in_words({"optimizer.name": "sgd", "optimizer.learning_rate": 0.00123456})
        'optimizer=sgd learning_rate=0.00123'
    """
    return " ".join(f"{_end(key)}={_short(level)}" for key, level in levels.items())


def _end(key: str) -> str:
    return key.removesuffix(".name").split(".")[-1]


def _short(level: object) -> str:
    return f"{level:.3g}" if isinstance(level, float) else str(level)
