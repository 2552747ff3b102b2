"""The table of a search, as a terminal and as a file have it."""

import io
import re

import pytest

from tuning.display import Display
from tuning.folder import Record
from tuning.objective import Goal, Objective

OBJECTIVE = Objective((Goal("tribe.macro_f1", "higher", 1.0, 0.0, 1.0),))


class Terminal(io.StringIO):
    def isatty(self):
        return True


def screen(text):
    """What is left on a screen after its lines were gone up to and wiped."""
    lines = [""]
    for up, wipe, line in re.findall(r"\x1b\[(\d+)A|(\x1b\[J)|([^\x1b\n]*\n)", text):
        if up:
            lines = [*lines[: len(lines) - 1 - int(up)], ""]
        elif not wipe:
            lines = [*lines[:-1], line.rstrip(), ""]
    return lines[:-1]


def record(number, score, epochs, status="running", **what):
    levels = {"model.dropout": number / 10, "optimizer.name": "sgd" * 40}
    return Record(number, levels, status, score=score, epochs=epochs, **what)


@pytest.fixture
def shown(monkeypatch):
    def show(stream):
        monkeypatch.setattr("sys.stdout", stream)
        monkeypatch.setenv("COLUMNS", "60")
        display = Display(OBJECTIVE, 3)
        display.begin()
        display.epoch(record(0, 0.5, 1), 2)
        display.epoch(record(1, 0.25, 1), 2)
        display.note("worker-1 is gone")
        display.epoch(record(0, 0.75, 2), 2)
        display.end(record(0, 0.75, 2, "completed", seconds=7.0))
        display.epoch(record(2, 0.1, 1), 2)
        display.drop(1)
        return stream.getvalue()

    return show


def test_running_trials_stand_below_what_stays(shown):
    head, note, best, running, so_far = screen(shown(Terminal()))
    assert head.startswith("   trial   tribe.macro_f1") and "worker-1" in note
    assert best.startswith("     1/3 * 0.7500             2          7 s    dropout=0")
    assert running.startswith("     3/3   0.1000             1/2") and len(running) < 60
    assert so_far.split(maxsplit=1) == ["best", "so far: 0.7500, trial 1"]


def test_a_file_has_a_line_for_what_stays(shown):
    head, note, best = shown(io.StringIO()).splitlines()
    assert "worker-1" in note and "0.7500" in best and best.endswith("…")
