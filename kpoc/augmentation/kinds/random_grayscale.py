"""Augmentation `random_grayscale`: the picture without its colours."""

from __future__ import annotations

from typing import ClassVar

from kpoc.augmentation.colours import saturated
from kpoc.augmentation.definition import (
    COLOUR,
    Augmentation,
    Probability,
    register_augmentation,
)
from kpoc.augmentation.plan import Array, Plan


@register_augmentation("random_grayscale")
class RandomGrayscale(Augmentation):
    """Makes a picture grey with probability `p`, as torchvision's `RandomGrayscale`.

    Attributes:
        p: Probability.
    """

    place: ClassVar[int] = COLOUR
    draws: ClassVar[int] = 1

    p: Probability = 0.1

    def fold(self, plan: Plan, uniforms: Array) -> Plan:
        """See `Augmentation.fold`."""
        kept = plan.xp.where(uniforms[:, 0] < self.p, 0.0, 1.0)
        return plan.recoloured(saturated(plan.xp, kept))
