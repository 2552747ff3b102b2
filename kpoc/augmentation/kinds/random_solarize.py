"""Augmentation `random_solarize`: bright levels turned over."""

from __future__ import annotations

from typing import Annotated, ClassVar

import pydantic

from kpoc.augmentation.definition import (
    TONE,
    Augmentation,
    Probability,
    register_augmentation,
)
from kpoc.augmentation.plan import Array, Plan

NEVER = 256.0


@register_augmentation("random_solarize")
class RandomSolarize(Augmentation):
    """Inverts the levels from `threshold` up, with probability `p`.

    As torchvision's `RandomSolarize`.

    Attributes:
        threshold: Lowest level that is inverted, 0 to 255.
        p: Probability.
    """

    place: ClassVar[int] = TONE
    single: ClassVar[bool] = True
    draws: ClassVar[int] = 1

    threshold: Annotated[float, pydantic.Field(ge=0.0, le=255.0)]
    p: Probability = 0.5

    def fold(self, plan: Plan, uniforms: Array) -> Plan:
        """See `Augmentation.fold`."""
        happens = uniforms[:, 0] < self.p
        return plan.solarized(plan.xp.where(happens, self.threshold, NEVER))
