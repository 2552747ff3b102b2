"""What mattered: how much worse a forest guesses a trial without knowing a key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tuning.folder import Record
from tuning.oracle import hyperparameters
from tuning.space import Space

LEAST_TRIALS = 10
_FOLDS, _TREES, _REPEATS = 5, 100, 20
_ABSENT = -0.5


@dataclass(frozen=True)
class Importance:
    """What a forest learnt of the trials.

    Attributes:
        explained: The share of the scores' variance that it explains of trials that it
            has not seen; 0 or less if it learnt nothing.
        keys: By key, the share of the variance that is lost when the key's levels are
            dealt out again at random, the largest first.
    """

    explained: float
    keys: dict[str, float]


def importance(records: Sequence[Record], space: Space) -> Importance | None:
    """Permutation importance of the keys of a space.

    A random forest is fitted to four fifths of the trials and asked for the others,
    five times; then again with one key's levels permuted among these.

    Args:
        records: Trials that came to their end.
        space: The space.

    Returns:
        What it found; None for less than 10 trials, or where all scored the same.

    Source:
        Breiman, "Random Forests", Machine Learning 45 (2001), section 10.
    """
    from sklearn.ensemble import RandomForestRegressor
    from sklearn.model_selection import KFold

    y = np.array([one.score for one in records])
    if len(records) < LEAST_TRIALS or not y.var():
        return None
    x = positions(records, space)
    random = np.random.default_rng(0)
    error, lost = 0.0, np.zeros(x.shape[1])
    for known, asked in KFold(_FOLDS, shuffle=True, random_state=0).split(x):
        forest = RandomForestRegressor(_TREES, random_state=0).fit(x[known], y[known])

        def missed(rows, forest=forest, truth=y[asked]):
            return float(((forest.predict(rows) - truth) ** 2).sum())

        usual = missed(x[asked])
        error += usual
        for column in range(x.shape[1]):
            permuted = np.repeat(x[asked][None], _REPEATS, axis=0)
            permuted[:, :, column] = random.permuted(permuted[:, :, column], axis=1)
            lost[column] += np.mean([missed(rows) for rows in permuted]) - usual
    total = len(y) * y.var()
    found = dict(zip(space.keys, (lost / total).tolist(), strict=True))
    order = sorted(found, key=lambda key: -found[key])
    return Importance(1 - error / total, {key: found[key] for key in order})


def positions(records: Sequence[Record], space: Space) -> np.ndarray:
    """Where trials lie along each key, from 0 to 1, and -0.5 where it does not count.

    Args:
        records: The trials.
        space: The space.

    Returns:
        (trials, keys).
    """
    found = hyperparameters(space, None).space
    return np.array(
        [
            [
                hp.value_to_prob(one.levels[hp.name])
                if hp.name in one.levels
                else _ABSENT
                for hp in found
            ]
            for one in records
        ]
    )
