"""Augmentation `random_flip`: the mirror image."""

from __future__ import annotations

from typing import ClassVar, Literal

from kpoc.augmentation.definition import (
    GEOMETRY,
    Augmentation,
    Probability,
    register_augmentation,
)
from kpoc.augmentation.plan import Array, Plan, matrices


@register_augmentation("random_flip")
class RandomFlip(Augmentation):
    """Mirrors a picture with probability `p`.

    Attributes:
        p: Probability.
        direction: `horizontal` swaps left and right, `vertical` top and bottom.
    """

    place: ClassVar[int] = GEOMETRY
    draws: ClassVar[int] = 1

    p: Probability = 0.5
    direction: Literal["horizontal", "vertical"] = "horizontal"

    def fold(self, plan: Plan, uniforms: Array) -> Plan:
        """See `Augmentation.fold`."""
        xp = plan.xp
        sign = xp.where(uniforms[:, 0] < self.p, -1.0, 1.0)
        x, y = (sign, 1.0) if self.direction == "horizontal" else (1.0, sign)
        mirror = matrices(xp, [[x, 0.0, 0.0], [0.0, y, 0.0], [0.0, 0.0, 1.0]])
        return plan.moved_about_centre(mirror)
