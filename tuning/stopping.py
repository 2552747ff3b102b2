"""The median rule: a trial that does worse than half of the others is stopped."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence


def is_poor(
    history: Sequence[float],
    others: Sequence[Sequence[float]],
    *,
    direction: str,
    after_epochs: int,
    after_trials: int,
) -> bool:
    """Whether a trial should be stopped after its last epoch.

    It should if its best number so far is worse than the median, over the other
    trials, of the mean of their numbers up to that epoch.

    Args:
        history: Its number after each epoch.
        others: The numbers of the trials that are finished, the stopped ones among
            them.
        direction: `max` where more is better, else `min`.
        after_epochs: Epochs that every trial gets.
        after_trials: Trials that have to be finished before any is stopped.

    Source:
        Golovin et al., "Google Vizier: A Service for Black-Box Optimization" (2017),
        section 3.2.2.

    Example:
        >>> others = [[0.2, 0.6], [0.4, 0.8], [0.6, 1.0]]
        >>> rule = {"direction": "max", "after_epochs": 2, "after_trials": 3}
        >>> is_poor([0.3, 0.5], others, **rule), is_poor([0.3, 0.7], others, **rule)
        (True, False)
    """
    epoch = len(history)
    means = [
        math.fsum(numbers[:epoch]) / epoch
        for numbers in others
        if len(numbers) >= epoch
    ]
    if epoch < after_epochs or len(others) < after_trials or not means:
        return False
    sign = 1.0 if direction == "max" else -1.0
    best = max(sign * number for number in history)
    return best < statistics.median(sign * mean for mean in means)
