"""What ranges of numbers have in common."""

from __future__ import annotations

from typing import Any, Literal

import pydantic

from tuning.dimension import Dimension


class Range(Dimension):
    """Numbers from `low` to `high`, both among them.

    Attributes:
        low: The smallest.
        high: The largest.
        scale: `linear`, or `log` where each factor is as probable as another.
        step: Distance of two neighbours; on the log scale their ratio. None for all
            numbers.
    """

    low: float
    high: float
    scale: Literal["linear", "log"] = "linear"
    step: float | None = None

    @pydantic.model_validator(mode="after")
    def _is_a_range(self) -> Range:
        if not self.low < self.high:
            raise ValueError(
                "the range is empty: `low` must be below `high`. "
                f"Received: low={self.low}, high={self.high}"
            )
        if self.scale == "log" and self.low <= 0:
            raise ValueError(
                f"`scale: log` needs a `low` above 0. Received: {self.low}"
            )
        if self.step is not None:
            self._check_step()
        return self

    def _check_step(self) -> None:
        log = self.scale == "log"
        smallest = 1 if log else 0
        reach = self.high / self.low if log else self.high - self.low
        if not smallest < self.step <= reach:
            raise ValueError(
                f"`step` must be above {smallest} and at most {reach:g}, which is how "
                f"far the range reaches. Received: {self.step}"
            )

    def ends(self) -> list:
        return [self.low, self.high]

    def level(self, value: Any) -> float | None:
        """The level of a recipe's value; None where it lies outside."""
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return value if number and self.low <= value <= self.high else None

    def _arguments(self, key: str, default: Any, conditions: list) -> dict:
        return {
            "name": key,
            "min_value": self.low,
            "max_value": self.high,
            "step": self.step,
            "sampling": self.scale,
            "default": default,
            "conditions": conditions,
        }
