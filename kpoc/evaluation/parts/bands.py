"""The error along the range of a number: its main score by bands of the truth."""

import re
from collections.abc import Mapping, Sequence

from kpoc.evaluation.content import Interval
from kpoc.evaluation.part import PARTS, Part, Subject
from kpoc.ground.schema import Strict
from kpoc.ground.text import natural_order


class Band(Strict):
    """One score by band, in the order of the bands."""

    metric: str
    edges: list[int] | None
    labels: list[str]
    support: list[int]
    sides: dict[str, list[Interval]]


def band_edges(labels: Sequence[str]) -> list[int] | None:
    """Lower edges of the bands and the end of the last; None if labels are no ranges.

    Example:
        >>> band_edges(["1-10", "11-20", "21-30"])
        [1, 11, 21, 31]
    """
    ranges = [re.fullmatch(r"(\d+)-(\d+)", label) for label in labels]
    if not all(ranges):
        return None
    return [int(each[1]) for each in ranges] + [int(ranges[-1][2]) + 1]


def bands(targets: Mapping[str, Mapping], rows: Sequence[Mapping]) -> dict[str, dict]:
    """Main score of each regression by the levels of the group ``<target>_band``.

    Args:
        targets: Plain targets.
        rows: Scores of the comparison.
    """
    found = {}
    for name, target in targets.items():
        chosen = [
            row
            for row in rows
            if row["target"] == name
            and target["kind"] == "regression"
            and row["group"] == f"{name}_band"
            and row["metric"] == target["metrics"][0]
        ]
        if not chosen:
            continue
        labels = natural_order({row["level"] for row in chosen})
        support = {row["level"]: row["n"] for row in chosen}
        sides: dict[str, list] = {row["side"]: [] for row in chosen}
        for row in sorted(chosen, key=lambda row: labels.index(row["level"])):
            fields = ("estimate", "low", "high")
            sides[row["side"]].append({field: row[field] for field in fields})
        found[name] = {
            "metric": chosen[0]["metric"],
            "edges": band_edges(labels),
            "labels": labels,
            "support": [support[label] for label in labels],
            "sides": sides,
        }
    return found


@PARTS.register("bands")
class Bands(Part):
    """Read from the scores; asks the bootstrap nothing of its own."""

    after = ("scores",)
    content = dict[str, Band]

    def __init__(self, subject: Subject, parts: Mapping[str, Part]) -> None:
        self._targets, self._scores = subject.targets, parts["scores"]

    def read(self, moments: Sequence) -> dict[str, dict]:
        """By regression target with bands its main score."""
        return bands(self._targets, self._scores.rows)
