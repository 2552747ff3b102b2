"""Augmentation `random_affine`: rotation, shift, scale and shear in one."""

from __future__ import annotations

import math
from typing import Annotated, ClassVar

import pydantic

from kpoc.augmentation.definition import (
    GEOMETRY,
    Augmentation,
    Fill,
    interval,
    register_augmentation,
    within,
)
from kpoc.augmentation.plan import Array, Plan, matrices, shift


def _translate(value: object) -> tuple[float, float]:
    pair = value if isinstance(value, list | tuple) else [value, value]
    if len(pair) != 2 or not all(
        isinstance(v, int | float) and 0.0 <= v <= 1.0 for v in pair
    ):
        raise ValueError(
            "must be a share within [0, 1] of width and height, or one of each. "
            f"Received: {value!r}"
        )
    return float(pair[0]), float(pair[1])


def _shear(value: object) -> tuple[float, float, float, float]:
    if isinstance(value, int | float) and value >= 0:
        value = [-value, value, 0.0, 0.0]
    elif isinstance(value, list | tuple) and len(value) == 2:
        value = [*value, 0.0, 0.0]
    if (
        not isinstance(value, list | tuple)
        or len(value) != 4
        or not all(isinstance(v, int | float) and abs(v) < 90 for v in value)
        or not (value[0] <= value[1] and value[2] <= value[3])
    ):
        raise ValueError(
            "must be degrees under 90: a number, [low, high] along x, or "
            f"[low x, high x, low y, high y]. Received: {value!r}"
        )
    return tuple(float(v) for v in value)


@register_augmentation("random_affine")
class RandomAffine(Augmentation):
    """Rotates, shears, scales and shifts a picture about its centre.

    Parameters and distributions are those of torchvision's `RandomAffine`; shifts are
    not rounded to whole pixels.

    Attributes:
        degrees: Rotation, uniform in [low, high], or d for [-d, d]; positive is
            clockwise.
        translate: Shift, uniform in plus or minus this share of the width and of the
            height: one number, or one each.
        scale: Zoom factor, uniform in [low, high]; above 1 enlarges.
        shear: Degrees along x, uniform in [low, high], or d for [-d, d]; four numbers
            give x and y.
        fill: Level outside of the picture, or one for each channel.
    """

    place: ClassVar[int] = GEOMETRY
    draws: ClassVar[int] = 6

    degrees: interval(around=0.0)
    translate: Annotated[tuple[float, float], pydantic.BeforeValidator(_translate)] = (
        0.0,
        0.0,
    )
    scale: interval(above=0.0) = (1.0, 1.0)
    shear: Annotated[
        tuple[float, float, float, float], pydantic.BeforeValidator(_shear)
    ] = (0.0, 0.0, 0.0, 0.0)
    fill: Fill = (0.0, 0.0, 0.0)

    def fold(self, plan: Plan, uniforms: Array) -> Plan:
        """See `Augmentation.fold`."""
        xp = plan.xp
        turn, right, down, zoom, lean_x, lean_y = (uniforms[:, i] for i in range(6))
        degree = math.pi / 180.0
        angle = degree * within(self.degrees, turn)
        x = self.translate[0] * plan.width * (2.0 * right - 1.0)
        y = self.translate[1] * plan.height * (2.0 * down - 1.0)
        scale = within(self.scale, zoom)
        tan_x = xp.tan(degree * within(self.shear[:2], lean_x))
        tan_y = xp.tan(degree * within(self.shear[2:], lean_y))
        cos, sin = xp.cos(angle) / scale, xp.sin(angle) / scale
        # forward: shift, rotation, shear y, shear x, scale; here its inverse
        back = matrices(xp, [[cos, sin, 0.0], [-sin, cos, 0.0], [0.0, 0.0, 1.0]])
        unlean_y = matrices(xp, [[1.0, 0.0, 0.0], [tan_y, 1.0, 0.0], [0.0, 0.0, 1.0]])
        unlean_x = matrices(xp, [[1.0, tan_x, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
        unlean = xp.matmul(unlean_x, unlean_y)
        return plan.moved_about_centre(
            xp.matmul(xp.matmul(unlean, back), shift(xp, -x, -y))
        )
