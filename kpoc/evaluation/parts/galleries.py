"""Which test images to look at: the worst errors of each side, and right answers."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import numpy as np
from pydantic import Discriminator, Tag

from kpoc.evaluation.answers import Answers, answers
from kpoc.evaluation.content import Number
from kpoc.evaluation.part import PARTS, Part, Subject
from kpoc.ground.hashing import stable_hash
from kpoc.ground.schema import Strict

KEPT = 24
# Parts of equal count that the closest answers to a number are taken from, so that
# they show its whole range and not its most frequent values.
_PARTS = 8


class Galleries:
    """Chooses rows of all sides.

    Args:
        targets: Plain targets (`kpoc.evaluation.cells.read_targets`).
        ids: (n,) ids of the test rows.
        truth: By target, values or class codes.
        predicted: By side, the aligned predictions of each seed.
    """

    def __init__(
        self,
        targets: Mapping[str, Mapping],
        ids: Sequence[str],
        truth: Mapping[str, np.ndarray],
        predicted: Mapping[str, Sequence[Mapping[str, np.ndarray]]],
    ) -> None:
        self._targets, self._ids, self._truth = targets, list(ids), truth
        # Ties are broken, and right answers chosen, by a hash of the id: the same
        # rows for all sides, and unrelated to the order of the names.
        self._chance = stable_hash(self._ids, seed=0, salt="gallery")
        self._answers = {
            name: {
                side: answers(name, truth[name], models)
                for side, models in predicted.items()
            }
            for name in targets
        }

    def all(self) -> dict[str, dict[str, dict]]:
        """By target and side: how many answers are wrong, the worst, right ones.

        Each list has at most `KEPT` rows, the first of it being the best choice.
        """
        return {
            name: {side: self._of_side(name, found) for side, found in sides.items()}
            for name, sides in self._answers.items()
        }

    def errors_on(self, target: str, code: int) -> dict[str, dict]:
        """By side: how many rows of one true class are answered wrongly, the worst."""
        own = self._truth[target] == code
        found = {}
        for side, given in self._answers[target].items():
            wrong = np.flatnonzero(own & given.wrong)
            found[side] = {
                "wrong": len(wrong),
                "worst": self._worst(target, given, wrong),
            }
        return found

    def _of_side(self, target: str, given: Answers) -> dict[str, Any]:
        wrong = np.flatnonzero(given.wrong)
        regression = given.probabilities is None
        return {
            "wrong": None if regression else len(wrong),
            "worst": self._worst(target, given, wrong),
            "right": self._rows(
                target,
                given,
                self._closest(target, given)
                if regression
                else self._right(target, given),
            ),
        }

    def _worst(self, target: str, given: Answers, rows: np.ndarray) -> list[dict]:
        order = np.lexsort((self._chance[rows], -given.badness[rows]))
        return self._rows(target, given, rows[order])

    def _right(self, target: str, given: Answers) -> np.ndarray:
        """Right answers by chance, class after class in turn."""
        rows = np.flatnonzero(~given.wrong)
        rows = rows[np.argsort(self._chance[rows])]
        return rows[_in_turn(self._truth[target][rows])]

    def _closest(self, target: str, given: Answers) -> np.ndarray:
        """The closest answers within parts of the range, part after part in turn."""
        part = np.empty(len(given.values), np.int64)
        ranked = np.argsort(self._truth[target], kind="stable")
        part[ranked] = np.arange(len(ranked)) * _PARTS // max(len(ranked), 1)
        rows = np.lexsort((self._chance, given.badness))
        return rows[_in_turn(part[rows])]

    def _rows(self, target: str, given: Answers, rows: np.ndarray) -> list[dict]:
        classes = self._targets[target]["classes"]
        wrong = sum(one.wrong.astype(int) for one in self._answers[target].values())
        found = []
        for row in rows[:KEPT]:
            truth, answer = self._truth[target][row], given.values[row]
            entry = {"id": self._ids[row]}
            if classes is None:
                entry |= {"truth": truth, "answer": answer, "error": answer - truth}
            else:
                entry |= {
                    "truth": classes[truth],
                    "answer": classes[answer],
                    "probability": given.probabilities[row],
                    "sides_wrong": wrong[row],
                }
            found.append(entry)
        return found


def _in_turn(labels: np.ndarray) -> np.ndarray:
    """Positions that take the first of every label, then the second of every, ...

    Example:
        >>> _in_turn(np.array([7, 7, 7, 2, 2, 5])).tolist()
        [0, 3, 5, 1, 4, 2]
    """
    seen: dict[int, int] = {}
    turn = np.empty(len(labels), np.int64)
    for position, label in enumerate(labels.tolist()):
        turn[position] = seen[label] = seen.get(label, -1) + 1
    return np.argsort(turn, kind="stable")


class NumberEntry(Strict):
    """An image whose answer is a number."""

    id: str
    truth: Number
    answer: Number
    error: Number


class ClassEntry(Strict):
    """An image whose answer is a class."""

    id: str
    truth: str
    answer: str
    probability: Number
    sides_wrong: int


def _kind(entry: Any) -> str:
    number = "error" in entry if isinstance(entry, Mapping) else hasattr(entry, "error")
    return "number" if number else "class"


Entry = Annotated[
    Annotated[NumberEntry, Tag("number")] | Annotated[ClassEntry, Tag("class")],
    Discriminator(_kind),
]


class Gallery(Strict):
    """Images of one side: how many are wrong, the worst, right ones."""

    wrong: int | None
    worst: list[Entry]
    right: list[Entry]


@PARTS.register("galleries")
class GalleriesPart(Part):
    """Asks the bootstrap nothing.

    Attributes:
        galleries: Chooses the images.
    """

    content = dict[str, dict[str, Gallery]]

    def __init__(self, subject: Subject, parts: Mapping[str, Part]) -> None:
        self.galleries = Galleries(
            subject.targets, subject.ids, subject.truth, subject.predicted
        )

    def read(self, moments: Sequence) -> dict[str, dict[str, dict]]:
        """By target and side its images."""
        return self.galleries.all()
