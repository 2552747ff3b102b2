"""What is drawn at random for an epoch, as a function of (seed, epoch, row).

Nothing is kept between epochs, so that a resumed run, another number of workers and
another machine all see the same batches.
"""

from __future__ import annotations

import numpy as np


def epoch_order(rows: int, seed: int, epoch: int) -> np.ndarray:
    """The order of the rows in an epoch: a permutation of 0..rows-1.

    Example:
        >>> epoch_order(5, seed=0, epoch=1).tolist() == list(range(5))
        False
    """
    return np.random.default_rng([seed, epoch, 0]).permutation(rows)
