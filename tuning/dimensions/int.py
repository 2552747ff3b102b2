"""A range of whole numbers."""

from __future__ import annotations

from typing import Any

from tuning.dimension import DIMENSIONS
from tuning.dimensions._numbers import Range


@DIMENSIONS.register("int")
class Int(Range):
    """Whole numbers from `low` to `high`.

    Example:
        >>> Int(low=16, high=256, step=16).level(40.0) is None
        True
        >>> Int(low=8, high=64).halved(24)
        12
    """

    low: int
    high: int
    step: int | None = None

    def level(self, value: Any) -> int | None:
        return super().level(value) if isinstance(value, int) else None

    def halved(self, value: int) -> int | None:
        return value // 2 if value // 2 >= self.low else None

    def hyperparameter(self, key, default, conditions):
        from keras_tuner.engine import hyperparameters

        return hyperparameters.Int(**self._arguments(key, default, conditions))
