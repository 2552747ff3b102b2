"""One answer a row and side, for looking at single images.

Scores are means over the seeds of scores. A single image has no such score, so what
is shown of it is the answer of the mean over the seeds: of the predicted values, or of
the probabilities.
"""

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from kpoc.evaluation.scores.row_statistics import predicted_classes


@dataclasses.dataclass(frozen=True)
class Answers:
    """The answers of one side to one target.

    Attributes:
        values: (n,) class codes, or values of a regression.
        badness: (n,) how wrong each is: the probability of the wrong class that was
            answered, 0 where the answer is right; of a regression the absolute error.
        probabilities: (n,) of the answers; None of a regression.
    """

    values: np.ndarray
    badness: np.ndarray
    probabilities: np.ndarray | None

    @property
    def wrong(self) -> np.ndarray:
        """(n,) whether the answer is wrong at all."""
        return self.badness > 0


def answers(
    target: str, truth: np.ndarray, models: Sequence[Mapping[str, np.ndarray]]
) -> Answers:
    """The answers of the mean over a side's seeds.

    Args:
        target: Name of the target.
        truth: (n,) values or class codes.
        models: By seed, the aligned predictions of every target.

    Example:
        >>> import numpy as np
        >>> seeds = [{"a": np.array([[0.6, 0.4]])}, {"a": np.array([[0.1, 0.9]])}]
        >>> found = answers("a", np.array([0]), seeds)
        >>> found.values.tolist(), found.badness.round(3).tolist()
        ([1], [0.65])
    """
    mean = np.mean([model[target] for model in models], axis=0)
    if mean.ndim == 1:
        return Answers(mean, np.abs(mean - truth), None)
    codes = predicted_classes(mean)
    probabilities = mean[np.arange(len(mean)), codes]
    return Answers(codes, np.where(codes == truth, 0.0, probabilities), probabilities)
