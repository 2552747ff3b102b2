"""The classes that are found least, beside the class that each is taken for."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from pydantic import Field

from kpoc.evaluation.class_order import MANY
from kpoc.evaluation.content import Number
from kpoc.evaluation.part import PARTS, Part, Subject
from kpoc.ground.schema import Strict

PAIRS = 6
KEPT = 6
"""Images of each class of a pair."""


def lookalikes(
    targets: Mapping[str, Mapping],
    ids: Sequence[str],
    truth: Mapping[str, np.ndarray],
    predicted: Mapping[str, Sequence[Mapping[str, np.ndarray]]],
    confusions: Mapping[str, Mapping],
) -> dict[str, list[dict[str, Any]]]:
    """Chooses pairs of classes and the images that show why they are confused.

    Args:
        targets: Plain targets.
        ids: (n,) ids of the test rows.
        truth: By target, class codes.
        predicted: By side, the aligned predictions of each seed.
        confusions: What `kpoc.evaluation.parts.confusions.confusions` gives.

    Returns:
        By target with many classes: at most 6 pairs, those with the lowest share of
        right answers first, mean over the sides. Of each pair `class`, `other` (what it
        is taken for most), by side the shares `right`, `taken` (for the other) and
        `back` (the other for it), and of either class the `rows` that come nearest to
        the other one: those with its highest probability, mean over sides and seeds.
    """
    found = {}
    for name, target in targets.items():
        if target["classes"] is None or len(target["classes"]) <= MANY:
            continue
        mean = np.mean(
            [np.mean([m[name] for m in models], 0) for models in predicted.values()], 0
        )
        found[name] = [
            _pair(target["classes"], pair, ids, truth[name], mean, confusions[name])
            for pair in _pairs(confusions[name])
        ]
    return found


def _pairs(confusion: Mapping) -> list[tuple[int, int]]:
    """(class, what it is taken for), the worst first; those with an error only."""
    rates = np.mean(list(confusion["sides"].values()), axis=0)
    chances = np.mean(list(confusion["probabilities"].values()), axis=0)
    right, sure = rates.diagonal(), chances.diagonal()
    found = []
    for code in np.lexsort((sure, right)):
        taken = np.lexsort((-chances[code], -rates[code]))
        other = next(int(answer) for answer in taken if answer != code)
        if rates[code, other] > 0:
            found.append((int(code), other))
    return found[:PAIRS]


def _pair(
    classes: Sequence[str],
    pair: tuple[int, int],
    ids: Sequence[str],
    truth: np.ndarray,
    mean: np.ndarray,
    confusion: Mapping,
) -> dict[str, Any]:
    code, other = pair

    def rows(own: int, near: int) -> list[dict[str, Any]]:
        those = np.flatnonzero(truth == own)
        chosen = those[np.argsort(-mean[those, near], kind="stable")][:KEPT]
        return [{"id": ids[row], "probability": mean[row, near]} for row in chosen]

    return {
        "class": classes[code],
        "other": classes[other],
        "sides": {
            name: {
                "right": rates[code, code],
                "taken": rates[code, other],
                "back": rates[other, code],
            }
            for name, rates in confusion["sides"].items()
        },
        "rows": {"class": rows(code, other), "other": rows(other, code)},
    }


class Shares(Strict):
    """How often one side is right on a class, and how often it takes it for another."""

    right: Number
    taken: Number
    back: Number


class Near(Strict):
    """An image of one class, with its probability of the other."""

    id: str
    probability: Number


class NearRows(Strict):
    """Images of either class that come nearest to the other one."""

    own: list[Near] = Field(alias="class")
    other: list[Near]


class Pair(Strict):
    """A class and what it is taken for most."""

    own: str = Field(alias="class")
    other: str
    sides: dict[str, Shares]
    rows: NearRows


@PARTS.register("lookalikes")
class Lookalikes(Part):
    """Read from the confusion matrices; asks the bootstrap nothing."""

    after = ("confusions",)
    content = dict[str, list[Pair]]

    def __init__(self, subject: Subject, parts: Mapping[str, Part]) -> None:
        self._subject, self._confusions = subject, parts["confusions"]

    def read(self, moments: Sequence) -> dict[str, list[dict[str, Any]]]:
        """By target with many classes its pairs."""
        subject = self._subject
        return lookalikes(
            subject.targets,
            subject.ids,
            subject.truth,
            subject.predicted,
            self._confusions.matrices,
        )
