"""Augmentation `color_jitter`: brightness, contrast, saturation and hue."""

from __future__ import annotations

import math
from typing import ClassVar

from kpoc.data.augmentation.definition import (
    COLOUR,
    Augmentation,
    interval,
    register_augmentation,
    within,
)
from kpoc.data.augmentation.plan import GREY, Array, Plan, matrices

Factor = interval(around=1.0, least=0.0)


def scaled(xp, factor: Array) -> Array:
    """(B, 3, 3) that multiplies every level."""
    return matrices(xp, [[factor, 0.0, 0.0], [0.0, factor, 0.0], [0.0, 0.0, factor]])


def saturated(xp, factor: Array) -> Array:
    """(B, 3, 3) that mixes a colour with its grey level; 0 is grey, 1 unchanged."""
    return matrices(
        xp,
        [
            [(1.0 - factor) * GREY[j] + (factor if i == j else 0.0) for j in range(3)]
            for i in range(3)
        ],
    )


def turned(xp, turns: Array) -> Array:
    """(B, 3, 3) that turns colours about the grey axis; 1/3 takes red to green."""
    angle = 2.0 * math.pi * turns
    cos, sin = xp.cos(angle), xp.sin(angle) / math.sqrt(3.0)
    same, left, right = cos + (1.0 - cos) / 3.0, (1.0 - cos) / 3.0, sin
    return matrices(
        xp,
        [
            [same, left - right, left + right],
            [left + right, same, left - right],
            [left - right, left + right, same],
        ],
    )


@register_augmentation("color_jitter")
class ColorJitter(Augmentation):
    """Changes brightness, contrast, saturation and hue, in a random order.

    Parameters and distributions are those of torchvision's `ColorJitter`. All four are
    one matrix here, so levels are cut off at 0 and 255 once, at the end, and the hue
    is turned about the grey axis (the same as a turn of HSV for thirds of a turn, and
    with the sum of the channels kept in between).

    Attributes:
        brightness: Factor of all levels, uniform in [low, high], or b for
            [max(0, 1 - b), 1 + b].
        contrast: Factor of the distance to the picture's mean grey level, likewise.
        saturation: Factor of the distance to the pixel's grey level, likewise.
        hue: Turn of the colours, uniform in [low, high] within [-0.5, 0.5], or h for
            [-h, h].
    """

    place: ClassVar[int] = COLOUR
    draws: ClassVar[int] = 8

    brightness: Factor = (1.0, 1.0)
    contrast: Factor = (1.0, 1.0)
    saturation: Factor = (1.0, 1.0)
    hue: interval(around=0.0, least=-0.5, most=0.5) = (0.0, 0.0)

    def fold(self, plan: Plan, uniforms: Array) -> Plan:
        """See `Augmentation.fold`."""
        xp = plan.xp
        contrast = within(self.contrast, uniforms[:, 1])
        gains = xp.stack(
            [
                scaled(xp, within(self.brightness, uniforms[:, 0])),
                scaled(xp, contrast),
                saturated(xp, within(self.saturation, uniforms[:, 2])),
                turned(xp, within(self.hue, uniforms[:, 3])),
            ],
            axis=1,
        )
        # of the four, contrast alone looks at the picture's mean
        order = xp.argsort(uniforms[:, 4:], axis=-1)
        for turn in range(4):
            now = [xp.where(order[:, turn] == step, 1.0, 0.0) for step in range(4)]
            gain = sum(now[i][:, None, None] * gains[:, i] for i in range(4))
            plan = plan.recoloured(gain, now[1] * (1.0 - contrast))
        return plan
