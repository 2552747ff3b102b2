"""Finding things in a comparison."""

from collections import Counter

from kpoc.report import numbers


def side_names(comparison: dict) -> list[str]:
    """Names of the sides, the baseline first."""
    return [side["name"] for side in comparison["sides"]]


def index(rows: list[dict]) -> dict[tuple, dict]:
    """Rows of `scores` or `differences` by target, metric, group, level, side."""
    return {
        (row["target"], row["metric"], row["group"], row["level"], row["side"]): row
        for row in rows
    }


def primary(comparison: dict) -> tuple[str, str]:
    """Target and metric of the primary question."""
    return comparison["primary"]["target"], comparison["primary"]["metric"]


def metrics(comparison: dict, group: str | None) -> list[tuple[str, str]]:
    """(target, metric) pairs scored by `group`, the primary one first."""
    pairs = dict.fromkeys(
        (row["target"], row["metric"])
        for row in comparison["scores"]
        if row["group"] == group
    )
    return sorted(pairs, key=lambda pair: pair != primary(comparison))


def group_columns(comparison: dict) -> list[str]:
    """Names of the groups that results are broken down by, classes apart."""
    return list(
        dict.fromkeys(
            row["group"]
            for row in comparison["scores"]
            if row["group"] not in (None, "class")
        )
    )


def levels(comparison: dict, target: str, metric: str, group: str) -> list[str]:
    """Levels of a group for one metric, in the order of the scores."""
    return list(
        dict.fromkeys(
            row["level"]
            for row in comparison["scores"]
            if (row["target"], row["metric"], row["group"]) == (target, metric, group)
        )
    )


def level_names(rows: list[dict]) -> dict[tuple, str]:
    """What the levels of some rows are called, by group and level.

    Their own name, or with the group where two groups have a level of that name.

    Example:
        >>> rows = [{"group": "child", "level": "no"}, {"group": "hat", "level": "no"}]
        >>> level_names([*rows, {"group": "hat", "level": "red"}])["hat", "no"]
        'hat: no'
    """
    places = dict.fromkeys((row["group"], row["level"]) for row in rows)
    times = Counter(level for _, level in places)
    return {
        (group, level): f"{group}: {level}" if times[level] > 1 else str(level)
        for group, level in places
    }


def unit(rows: list[dict]) -> str:
    """The unit of some rows; empty where they have none."""
    return next((row["unit"] for row in rows if row.get("unit")), "")


def decimals(rows: list[dict]) -> int:
    """Decimals that suit the intervals of some rows."""
    return numbers.interval_decimals((row["low"], row["high"]) for row in rows)


def is_recorded(side: dict) -> bool:
    """Whether a side's trainings were not kpoc's, but recorded by it."""
    return (side.get("recipe") or {}).get("kind") == "recorded"
