"""Augmentation `color_jitter`: brightness, contrast, saturation and hue."""

from __future__ import annotations

from typing import ClassVar

from kpoc.augmentation.colours import saturated, scaled, turned
from kpoc.augmentation.definition import (
    COLOUR,
    Augmentation,
    Probability,
    interval,
    register_augmentation,
    within,
)
from kpoc.augmentation.plan import Array, Plan

Factor = interval(around=1.0, least=0.0)


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
        p: Probability that anything is changed.
    """

    place: ClassVar[int] = COLOUR
    draws: ClassVar[int] = 9

    brightness: Factor = (1.0, 1.0)
    contrast: Factor = (1.0, 1.0)
    saturation: Factor = (1.0, 1.0)
    hue: interval(around=0.0, least=-0.5, most=0.5) = (0.0, 0.0)
    p: Probability = 1.0

    def fold(self, plan: Plan, uniforms: Array) -> Plan:
        """See `Augmentation.fold`."""
        xp = plan.xp
        happens = xp.where(uniforms[:, 8] < self.p, 1.0, 0.0)

        def factor(bounds: tuple[float, float], draw: int) -> Array:
            return 1.0 + happens * (within(bounds, uniforms[:, draw]) - 1.0)

        contrast = factor(self.contrast, 1)
        gains = xp.stack(
            [
                scaled(xp, factor(self.brightness, 0)),
                scaled(xp, contrast),
                saturated(xp, factor(self.saturation, 2)),
                turned(xp, happens * within(self.hue, uniforms[:, 3])),
            ],
            axis=1,
        )
        # of the four, contrast alone looks at the picture's mean
        order = xp.argsort(uniforms[:, 4:8], axis=-1)
        for turn in range(4):
            now = [xp.where(order[:, turn] == step, 1.0, 0.0) for step in range(4)]
            gain = sum(now[i][:, None, None] * gains[:, i] for i in range(4))
            plan = plan.recoloured(gain, now[1] * (1.0 - contrast))
        return plan
