"""What can only be bettered in one goal by giving way in another."""

from __future__ import annotations

from itertools import combinations

from kpoc.report import cells, numbers
from kpoc.report.columns import column_width
from kpoc.report.figures.svg import draw_svg
from tuning.display import in_words
from tuning.report.figures import front
from tuning.report.subject import Finished

TITLE = "Pareto front"
MISSING = None
PLACE = 70


def context(subject: Finished) -> dict | None:
    """A figure a pair of goals, and the table; None for a single goal."""
    goals = subject.objective.goals
    if len(goals) < 2:
        return None
    return {
        "figures": [
            draw_svg(
                f"front-{i}",
                f"{x.name} against {y.name}",
                front.draw,
                subject.complete,
                subject.front,
                x,
                y,
            )
            for i, (x, y) in enumerate(combinations(goals, 2))
        ],
        "width": column_width(2, 300),
        "names": [goal.name for goal in goals],
        "rows": [
            {
                "trial": one.number + 1,
                "figures": [
                    cells.make_cell(
                        ("front", one.number, goal.name),
                        one.figures[goal.name],
                        lambda value: numbers.significant(value, 4),
                    )
                    for goal in goals
                ],
                "drawn": in_words(one.levels),
            }
            for one in subject.front
        ],
    }
