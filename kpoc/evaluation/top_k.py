"""Top-k accuracy for every k up to ten, of each side, with intervals."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kpoc.evaluation.bootstrap import Block, Joint, Moments
from kpoc.evaluation.class_order import MANY
from kpoc.evaluation.intervals import contrast
from kpoc.evaluation.scores.row_statistics import ratio

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


class TopK:
    """Asks the bootstrap for the curves, and reads its answer.

    Args:
        blocks: Blocks of the comparison so far; those of this part are added.
        targets: Plain targets; those with many classes get a curve.
        truth: By target, class codes of the test rows.
        models: The aligned test predictions of all sides' seeds.
    """

    def __init__(
        self,
        blocks: list[Block | Joint],
        targets: Mapping[str, Mapping],
        truth: Mapping[str, np.ndarray],
        models: Sequence[Mapping[str, np.ndarray]],
    ) -> None:
        self._blocks: dict[str, int] = {}
        for name, target in targets.items():
            if target["classes"] is None or len(target["classes"]) <= MANY:
                continue
            hits = [
                ranks(truth[name], model[name])[:, None] <= np.arange(1, MOST + 1)
                for model in models
            ]
            ones = np.ones((len(truth[name]), len(models), 1))
            statistics = np.concatenate([np.stack(hits, axis=1), ones], axis=2)
            self._blocks[name] = len(blocks)
            blocks.append(Block(statistics.astype(np.float32), (_shares,)))

    def read(
        self,
        moments: Sequence[Sequence[Moments]],
        sides: Mapping[str, Sequence[int]],
        rows_df: float,
        level: float,
    ) -> dict[str, Any]:
        """By target `k`, and by side the accuracy at each k.

        Args:
            moments: By block and finish, what the bootstrap gave.
            sides: Positions of each side's seeds among the models.
            rows_df: Degrees of freedom of the row variance.
            level: Confidence level.
        """
        found = {}
        for target, block in self._blocks.items():
            of_block = moments[block][0]
            curves = {
                name: [
                    contrast(
                        of_block.estimate[k],
                        of_block.covariance[k],
                        [(1.0, seeds)],
                        rows_df=rows_df,
                        level=level,
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
