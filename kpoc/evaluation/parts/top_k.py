"""Top-k accuracy for every k up to ten, of each side, with intervals."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kpoc.evaluation.bootstrap import Block, Moments
from kpoc.evaluation.class_order import MANY
from kpoc.evaluation.content import Interval
from kpoc.evaluation.intervals import contrast
from kpoc.evaluation.part import PARTS, Part, Subject
from kpoc.evaluation.scores.row_statistics import ratio
from kpoc.ground.schema import Strict

MOST = 10


def ranks(truth: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """The rank of each row's true class, 1 for the most probable; (n,).

    Of equal probabilities that of the higher class code ranks first, as in the score
    `top3`.

    Example:
        >>> ranks(np.array([0, 1]), np.array([[0.2, 0.5, 0.3], [0.4, 0.4, 0.2]]))
        array([3, 1])
    """
    own = probabilities[np.arange(len(truth)), truth][:, None]
    codes = np.arange(probabilities.shape[1])
    tied = (probabilities == own) & (codes > truth[:, None])
    return 1 + ((probabilities > own) | tied).sum(axis=1)


class Curves(Strict):
    """The accuracy of each side at every k."""

    k: list[int]
    sides: dict[str, list[Interval]]


@PARTS.register("top_k")
class TopK(Part):
    """Asks for the hits at every k, of targets with many classes."""

    after = ("scores",)
    content = dict[str, Curves]

    def __init__(self, subject: Subject, parts: Mapping[str, Part]) -> None:
        self._subject = subject
        self._blocks: dict[str, int] = {}
        truth, models = subject.truth, subject.models
        for name, target in subject.targets.items():
            if target["classes"] is None or len(target["classes"]) <= MANY:
                continue
            hits = [
                ranks(truth[name], model[name])[:, None] <= np.arange(1, MOST + 1)
                for model in models
            ]
            ones = np.ones((len(truth[name]), len(models), 1))
            statistics = np.concatenate([np.stack(hits, axis=1), ones], axis=2)
            block = Block(statistics.astype(np.float32), (_shares,))
            self._blocks[name] = subject.ask(block)

    def read(self, moments: Sequence[Sequence[Moments]]) -> dict[str, Any]:
        """By target `k`, and by side the accuracy at each k."""
        subject = self._subject
        sides = subject.table((), moments).models
        found = {}
        for target, block in self._blocks.items():
            of_block = moments[block][0]
            curves = {
                name: [
                    contrast(
                        of_block.estimate[k],
                        of_block.covariance[k],
                        [(1.0, seeds)],
                        rows_df=subject.free * len(subject.frame),
                        level=subject.level,
                        bounds=(0.0, 1.0),
                    )
                    for k in range(MOST)
                ]
                for name, seeds in sides.items()
            }
            found[target] = {
                "k": list(range(1, MOST + 1)),
                "sides": {
                    name: [
                        {"estimate": c.estimate, "low": c.low, "high": c.high}
                        for c in curve
                    ]
                    for name, curve in curves.items()
                },
            }
        return found


def _shares(sums: np.ndarray) -> np.ndarray:
    return ratio(sums[..., :-1], sums[..., -1:])
