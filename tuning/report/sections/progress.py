"""The objective over the trials."""

from __future__ import annotations

from kpoc.report.figures.svg import draw_svg
from tuning.report.figures import progress
from tuning.report.subject import Finished

TITLE = "The search"
MISSING = None
PLACE = 40


def context(subject: Finished) -> dict:
    """The figure, and what was sought in words."""
    goals = subject.objective.goals
    return {
        "svg": draw_svg(
            "progress",
            f"{subject.objective.label} of each trial",
            progress.draw,
            subject.records,
            subject.objective,
        ),
        "label": subject.objective.label,
        "goals": [
            {
                "name": goal.name,
                "weight": f"{goal.weight:g}",
                "worst": f"{goal.worst:g}",
                "best": f"{goal.best:g}",
            }
            for goal in goals
        ],
        "stopped": sum(one.stopped for one in subject.records),
        "failed": len(subject.records) - len(subject.complete),
    }
