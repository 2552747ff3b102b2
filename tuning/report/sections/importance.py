"""What mattered."""

from __future__ import annotations

from kpoc.report import numbers
from kpoc.report.figures.svg import draw_svg
from tuning.importance import LEAST_TRIALS
from tuning.report.figures import bars
from tuning.report.subject import Finished

TITLE = "What mattered"
MISSING = (
    f"A forest needs {LEAST_TRIALS} trials that came to their end, and scores that "
    "differ, to say what mattered."
)
PLACE = 60


def context(subject: Finished) -> dict | None:
    """The figure, and how much the forest understood at all."""
    found = subject.importance
    if found is None:
        return None
    return {
        "svg": draw_svg(
            "importance",
            "Share of the variance that is lost without each key",
            bars.draw,
            found.keys,
            "share of the variance lost without it",
        ),
        "explained": numbers.percent(max(found.explained, 0.0), 0),
        "learnt": found.explained > 0,
        "trials": len(subject.complete),
    }
