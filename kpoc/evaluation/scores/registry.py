"""The table of scores that the modules of this package fill by decorator."""

import dataclasses
from collections.abc import Callable

import numpy as np

from kpoc.ground.registry import Registry

REGRESSION = frozenset({"regression"})
CLASSES = frozenset({"binary", "categorical"})


@dataclasses.dataclass(frozen=True)
class Score:
    """What the evaluation must know about one score.

    Attributes:
        name: Name in recipes and tables, e.g. ``"macro_f1"``.
        rows: ``rows(truth, prediction) -> (n, s)`` statistics of each row. `truth`
            has shape (n,): values, or class codes 0..K-1; `prediction` has shape
            (n,) for a regression and (n, K) probabilities for classes.
        finish: ``finish(sums) -> score``: sums of shape (..., s) to scores of shape
            (...), or (..., K) if `per_class`; NaN where the score is undefined.
        kinds: Kinds of targets it applies to.
        better: ``"higher"`` or ``"lower"``.
        bounds: Smallest and largest possible score.
        title: What people call it, e.g. ``"macro F1"``.
        meaning: What it says, in one phrase.
        metric: The metric that shows it in training, by its name in
            `kpoc.metrics.get`; None for one of the same name, or where none does: then
            it is scored at the end alone.
        in_unit: Whether the score carries the unit of its target.
        share: Whether it is a share of rows, in 0 to 1, whose differences are
            percentage points.
        per_class: Whether it gives one number a class instead of one.
        across_classes: Whether it compares the classes of the truth, and so says
            nothing within rows of a single true class.
    """

    name: str
    rows: Callable[[np.ndarray, np.ndarray], np.ndarray]
    finish: Callable[[np.ndarray], np.ndarray]
    kinds: frozenset[str]
    better: str
    bounds: tuple[float, float]
    title: str = ""
    meaning: str = ""
    metric: str | None = None
    in_unit: bool = False
    share: bool = False
    per_class: bool = False
    across_classes: bool = False

    def __call__(self, truth: np.ndarray, prediction: np.ndarray) -> np.ndarray:
        """Score of all rows, each counted once."""
        return self.finish(self.rows(truth, prediction).sum(axis=0, dtype=np.float64))


SCORES: Registry[Score] = Registry("score", "kpoc.evaluation.scores")


def register(name: str, **properties) -> Callable:
    """Registers the decorated ``finish`` function as the score `name`.

    Args:
        name: Name of the score, unique.
        **properties: The other fields of `Score`, apart from `finish`.

    Raises:
        ValueError: If the name is taken.
    """

    def decorate(finish: Callable[[np.ndarray], np.ndarray]) -> Callable:
        score = Score(name=name, finish=finish, **properties)
        SCORES.add(name, score, finish.__module__)
        return finish

    return decorate


def names(kind: str | None = None, *, per_class: bool | None = None) -> list[str]:
    """Names of the scores, sorted, of one `kind` of target if it is given."""
    return [
        score.name
        for score in map(SCORES.get, SCORES.names())
        if (kind is None or kind in score.kinds)
        and (per_class is None or per_class == score.per_class)
    ]


def get(name: str) -> Score:
    """The score called `name`.

    Raises:
        SchemaError: If there is none, with the nearest valid name.

    Example:
        >>> from kpoc.evaluation import scores
        >>> scores.get("mae").better
        'lower'
    """
    return SCORES.get(name)
