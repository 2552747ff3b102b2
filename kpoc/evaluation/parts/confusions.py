"""What each class is taken for: confusion matrices of every side."""

from collections.abc import Mapping, Sequence

import numpy as np
from scipy import sparse

from kpoc.evaluation.class_order import MANY, class_order
from kpoc.evaluation.content import Number
from kpoc.evaluation.matrices import MOST_CHANCES, stored
from kpoc.evaluation.part import PARTS, Part, Subject
from kpoc.evaluation.scores.row_statistics import predicted_classes, ratio
from kpoc.ground.schema import Strict

_DECIMALS = 6


def confusion_rates(truth: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Share of each true class (rows) that is predicted as each class (columns).

    Args:
        truth: (n,) class codes.
        probabilities: (n, K).

    Returns:
        (K, K), rows sum to 1; NaN in rows of classes without truth.
    """
    classes = probabilities.shape[1]
    pairs = truth * classes + predicted_classes(probabilities)
    counts = np.bincount(pairs, minlength=classes**2).reshape(classes, classes)
    return ratio(counts, counts.sum(axis=1, keepdims=True))


def mean_probabilities(truth: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Mean probability of each class (columns) over the rows of a true class (rows).

    Unlike the shares of answers it also says how near the wrong classes came.

    Args:
        truth: (n,) class codes.
        probabilities: (n, K).

    Returns:
        (K, K) to six decimals, rows sum to 1; NaN in rows of classes without truth.
    """
    rows, classes = probabilities.shape
    # sparse: ones and zeros for each row and class would be as large as the input
    shape, places = (classes, rows), (truth, np.arange(rows))
    of_truth = sparse.csr_array((np.ones(rows), places), shape=shape)
    sums = of_truth @ probabilities
    means = ratio(sums, np.bincount(truth, minlength=classes)[:, None])
    # of 120 classes there are 14,400: more digits would only fill files
    return np.round(means, _DECIMALS)


def confusions(
    targets: Mapping[str, Mapping],
    truth: Mapping[str, np.ndarray],
    predicted: Mapping[str, Sequence[Mapping[str, np.ndarray]]],
) -> dict[str, dict]:
    """Row-normalised confusion matrices of each target and side, mean over seeds.

    Returns:
        By target `classes`, their `support` and `order`, and by side the shares of
        answers (`sides`) and the mean `probabilities`, (K, K) each. The order is the
        classes' own, or, where there are many, one that brings confused ones together,
        of all sides.
    """
    found = {}
    for name, target in targets.items():
        if target["classes"] is None:
            continue
        rates, chances = (
            {
                side: np.mean([matrix(truth[name], m[name]) for m in models], 0)
                for side, models in predicted.items()
            }
            for matrix in (confusion_rates, mean_probabilities)
        )
        number = len(target["classes"])
        many = number > MANY
        found[name] = {
            "classes": target["classes"],
            "order": class_order(list(chances.values()))
            if many
            else list(range(number)),
            "sides": rates,
            "probabilities": chances,
            "support": np.bincount(truth[name], minlength=number),
        }
    return found


def stored_confusions(found: Mapping[str, Mapping]) -> dict[str, dict]:
    """What `confusions` gives, its matrices as a comparison holds them."""
    return {
        target: confusion
        | {
            kind: {side: stored(each, most) for side, each in confusion[kind].items()}
            for kind, most in (("sides", None), ("probabilities", MOST_CHANCES))
        }
        for target, confusion in found.items()
    }


Matrix = list[list[Number] | dict[str, float] | None]
"""As `kpoc.evaluation.matrices` stores it."""


class Confusion(Strict):
    """Shares of answers and mean probabilities by true class."""

    classes: list[str]
    order: list[int] = []
    sides: dict[str, Matrix]
    probabilities: dict[str, Matrix] = {}
    support: list[int]


@PARTS.register("confusions")
class Confusions(Part):
    """Confusion matrices; asks the bootstrap nothing.

    Attributes:
        matrices: What `confusions` gives.
    """

    content = dict[str, Confusion]

    def __init__(self, subject: Subject, parts: Mapping[str, Part]) -> None:
        self.matrices = confusions(subject.targets, subject.truth, subject.predicted)

    def read(self, moments: Sequence) -> dict[str, dict]:
        """By target with classes its matrices."""
        return stored_confusions(self.matrices)
