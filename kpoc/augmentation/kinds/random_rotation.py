"""Augmentation `random_rotation`: a turn about the centre."""

from __future__ import annotations

import math
from typing import ClassVar

from kpoc.augmentation.definition import (
    GEOMETRY,
    Augmentation,
    Fill,
    interval,
    register_augmentation,
    within,
)
from kpoc.augmentation.plan import Array, Plan, matrices


@register_augmentation("random_rotation")
class RandomRotation(Augmentation):
    """Turns a picture about its centre; the frame stays.

    Parameters and distribution are those of torchvision's `RandomRotation` without
    `expand`.

    Attributes:
        degrees: Angle, uniform in [low, high], or d for [-d, d]; positive is
            counter-clockwise.
        fill: Level outside of the picture, or one for each channel.
    """

    place: ClassVar[int] = GEOMETRY
    draws: ClassVar[int] = 1

    degrees: interval(around=0.0)
    fill: Fill = (0.0, 0.0, 0.0)

    def fold(self, plan: Plan, uniforms: Array) -> Plan:
        """See `Augmentation.fold`."""
        xp = plan.xp
        angle = math.pi / 180.0 * within(self.degrees, uniforms[:, 0])
        cos, sin = xp.cos(angle), xp.sin(angle)
        # y points down: where a pixel comes from lies clockwise of it
        return plan.moved_about_centre(
            matrices(xp, [[cos, -sin, 0.0], [sin, cos, 0.0], [0.0, 0.0, 1.0]])
        )
