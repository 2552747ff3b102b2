"""The trials that no other one beats in everything."""

from __future__ import annotations

from collections.abc import Sequence

from tuning.folder import Record
from tuning.objective import Goal


def pareto_front(records: Sequence[Record], goals: Sequence[Goal]) -> list[Record]:
    """Trials for which no other is at least as good in every goal and better in one.

    Args:
        records: Trials that came to their end.
        goals: What is sought.

    Returns:
        Some of the records, in the order of the first goal, the best first.
    """
    places = [
        tuple(goal.share(one.figures[goal.name]) for goal in goals) for one in records
    ]
    front = [
        (place, one)
        for place, one in zip(places, records, strict=True)
        if not any(_dominates(other, place) for other in places)
    ]
    return [one for _, one in sorted(front, key=lambda pair: pair[0][0], reverse=True)]


def _dominates(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    pairs = list(zip(one, other, strict=True))
    return all(a >= b for a, b in pairs) and any(a > b for a, b in pairs)
