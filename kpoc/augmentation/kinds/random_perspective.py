"""Augmentation `random_perspective`: the picture seen from elsewhere."""

from __future__ import annotations

from typing import Annotated, ClassVar

import pydantic

from kpoc.augmentation.definition import (
    GEOMETRY,
    Augmentation,
    Fill,
    Probability,
    register_augmentation,
)
from kpoc.augmentation.plan import Array, Plan, matrices


@register_augmentation("random_perspective")
class RandomPerspective(Augmentation):
    """Moves the four corners of a picture inwards, with probability `p`.

    Parameters and distributions are those of torchvision's `RandomPerspective`; corners
    are not rounded to whole pixels.

    Attributes:
        distortion_scale: How far a corner may move, as a share of half the width and
            half the height; it moves uniformly within that.
        p: Probability.
        fill: Level outside of the picture, or one for each channel.
    """

    place: ClassVar[int] = GEOMETRY
    draws: ClassVar[int] = 9

    distortion_scale: Annotated[float, pydantic.Field(ge=0.0, lt=1.0)] = 0.5
    p: Probability = 0.5
    fill: Fill = (0.0, 0.0, 0.0)

    def fold(self, plan: Plan, uniforms: Array) -> Plan:
        """See `Augmentation.fold`."""
        xp = plan.xp
        most = xp.where(uniforms[:, 8] < self.p, self.distortion_scale / 2.0, 0.0)
        x = [most * plan.width * uniforms[:, i] for i in range(4)]
        y = [most * plan.height * uniforms[:, i] for i in range(4, 8)]
        # clockwise from the top left; corners on the right and bottom move back
        x = [x[0], plan.width - x[1], plan.width - x[2], x[3]]
        y = [y[0], y[1], plan.height - y[2], plan.height - y[3]]
        to_unit = _unit_square_from(xp, x, y)
        size = matrices(
            xp, [[plan.width, 0.0, 0.0], [0.0, plan.height, 0.0], [0.0, 0.0, 1.0]]
        )
        return plan.moved(xp.matmul(size, to_unit))


def _unit_square_from(xp, x: list[Array], y: list[Array]) -> Array:
    """(B, 3, 3) that takes four corners, clockwise, to those of the unit square.

    The inverse of Heckbert's map of a square to a quadrilateral (Fundamentals of
    texture mapping and image warping, 1989, section 2.2.3), by its adjugate.
    """
    dx1, dx2, sum_x = x[1] - x[2], x[3] - x[2], x[0] - x[1] + x[2] - x[3]
    dy1, dy2, sum_y = y[1] - y[2], y[3] - y[2], y[0] - y[1] + y[2] - y[3]
    area = dx1 * dy2 - dx2 * dy1
    g = (sum_x * dy2 - dx2 * sum_y) / area
    h = (dx1 * sum_y - sum_x * dy1) / area
    a, b, c = x[1] - x[0] + g * x[1], x[3] - x[0] + h * x[3], x[0]
    d, e, f = y[1] - y[0] + g * y[1], y[3] - y[0] + h * y[3], y[0]
    adjugate = [
        [e - f * h, c * h - b, b * f - c * e],
        [f * g - d, a - c * g, c * d - a * f],
        [d * h - e * g, b * g - a * h, a * e - b * d],
    ]
    return matrices(xp, [[cell / adjugate[2][2] for cell in row] for row in adjugate])
