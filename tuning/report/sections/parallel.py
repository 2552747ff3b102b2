"""Where the trials lay."""

from __future__ import annotations

from kpoc.report import numbers
from kpoc.report.figures.svg import draw_svg
from tuning.importance import positions
from tuning.oracle import hyperparameters
from tuning.report.figures import parallel
from tuning.report.subject import Finished

TITLE = "Parallel coordinates"
MISSING = "One trial alone lies nowhere beside others."
PLACE = 50

_MOST_TICKS = 6


def context(subject: Finished) -> dict | None:
    """The figure; None for less than two trials that came to their end."""
    records = subject.complete
    if len(records) < 2:
        return None
    space = hyperparameters(subject.space, None).space
    svg = draw_svg(
        "parallel",
        "What the trials drew, key by key, and what they gave",
        parallel.draw,
        positions(records, subject.space),
        [one.score for one in records],
        [(hp.name, _ticks(subject, hp)) for hp in space],
        subject.objective.label,
        subject.objective.direction == "max",
    )
    return {"svg": svg}


def _ticks(subject: Finished, hp) -> list[tuple[float, str]]:
    dimension = subject.space.keys[hp.name]
    levels = dimension.levels()
    if levels is None:
        low, high = dimension.ends()
        return [(0.0, numbers.significant(low)), (1.0, numbers.significant(high))]
    if len(levels) > _MOST_TICKS:
        levels = [levels[0], levels[-1]]
    return [(hp.value_to_prob(level), str(level)) for level in levels]
