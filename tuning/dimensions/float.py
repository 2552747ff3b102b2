"""A range of real numbers."""

from __future__ import annotations

from tuning.dimension import DIMENSIONS
from tuning.dimensions._numbers import Range


@DIMENSIONS.register("float")
class Float(Range):
    """Real numbers from `low` to `high`.

    Example:
        >>> Float(low=1e-4, high=1e-2, scale="log").level(1e-3)
        0.001
    """

    def hyperparameter(self, key, default, conditions):
        from keras_tuner.engine import hyperparameters

        return hyperparameters.Float(**self._arguments(key, default, conditions))
