"""What the search took."""

from __future__ import annotations

from kpoc.report import cells, numbers
from tuning.report.subject import Finished

TITLE = "Cost of the search"
MISSING = None
PLACE = 90


def context(subject: Finished) -> dict:
    """Seconds, trials an hour with and without compilation, memory, XLA."""
    with_it, without = subject.trials_per_hour
    peaks = [one.cost["peak_memory_bytes"] for one in subject.complete if one.cost]
    figures = {
        "Time of all trials": (subject.seconds, numbers.seconds),
        "of this, compilation": (subject.compile_seconds, numbers.seconds),
        "Trials an hour, one after the other": (with_it, numbers.significant),
        "had nothing been compiled": (without, numbers.significant),
        "Largest memory of a trial": (max(peaks, default=None), numbers.file_size),
    }
    used = [one.xla for one in subject.complete if one.xla]
    return {
        "rows": [
            (label, cells.make_cell(("cost", label), value, write, "not measured"))
            for label, (value, write) in figures.items()
        ],
        "xla": sorted({f"{'on' if x['used'] else 'off'}: {x['why']}" for x in used}),
    }
