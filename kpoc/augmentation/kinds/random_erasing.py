"""Augmentation `random_erasing`: a box of one colour over the picture."""

from __future__ import annotations

import math
from typing import ClassVar

from kpoc.augmentation.definition import (
    MASK,
    Augmentation,
    Fill,
    Probability,
    first_that_fits,
    interval,
    register_augmentation,
    within,
)
from kpoc.augmentation.plan import Array, Plan

ATTEMPTS = 10


@register_augmentation("random_erasing")
class RandomErasing(Augmentation):
    """Covers a box with probability `p`.

    Parameters and distributions are those of torchvision's `RandomErasing` (Zhong et
    al., Random Erasing Data Augmentation, algorithm 1, with at most ten attempts).

    Attributes:
        p: Probability.
        scale: Share of the picture that the box covers, uniform in [low, high].
        ratio: Height to width of the box, log-uniform in [low, high].
        value: Level in the box, 0 to 255, or one for each channel.
    """

    place: ClassVar[int] = MASK
    draws: ClassVar[int] = 3 + 2 * ATTEMPTS

    p: Probability = 0.5
    scale: interval(least=0.0, most=1.0) = (0.02, 0.33)
    ratio: interval(above=0.0) = (0.3, 3.3)
    value: Fill = (0.0, 0.0, 0.0)

    def fold(self, plan: Plan, uniforms: Array) -> Plan:
        """See `Augmentation.fold`."""
        xp = plan.xp
        full_height, full_width = plan.height[:, None], plan.width[:, None]
        tries = uniforms[:, 3:]
        area = full_height * full_width * within(self.scale, tries[:, :ATTEMPTS])
        logs = (math.log(self.ratio[0]), math.log(self.ratio[1]))
        ratio = xp.exp(within(logs, tries[:, ATTEMPTS:]))
        height, width = xp.round(xp.sqrt(area * ratio)), xp.round(xp.sqrt(area / ratio))
        first = first_that_fits(xp, (height < full_height) & (width < full_width))
        first = first * xp.where(uniforms[:, :1] < self.p, 1.0, 0.0)
        height, width = xp.sum(first * height, axis=1), xp.sum(first * width, axis=1)
        top = xp.floor(uniforms[:, 1] * (plan.height - height + 1.0))
        left = xp.floor(uniforms[:, 2] * (plan.width - width + 1.0))
        return plan.erased(top, left, height, width, self.value)
