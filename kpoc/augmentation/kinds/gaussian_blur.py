"""Augmentation `gaussian_blur`: out of focus."""

from __future__ import annotations

from typing import Annotated, ClassVar

import pydantic

from kpoc.augmentation.definition import (
    BLUR,
    Augmentation,
    Probability,
    interval,
    register_augmentation,
    within,
)
from kpoc.augmentation.plan import Array, Plan


def _odd(value: int) -> int:
    if value % 2 == 0:
        raise ValueError(f"must be odd. Received: {value}")
    return value


@register_augmentation("gaussian_blur")
class GaussianBlur(Augmentation):
    """Blurs a picture with probability `p`.

    Parameters and distribution are those of torchvision's `GaussianBlur`; the picture
    goes on beyond its edge as its mirror image, without the edge itself.

    Attributes:
        kernel_size: Side of the kernel in pixels of what comes out, odd.
        sigma: Standard deviation in pixels, uniform in [low, high].
        p: Probability.
    """

    place: ClassVar[int] = BLUR
    single: ClassVar[bool] = True
    draws: ClassVar[int] = 2

    kernel_size: Annotated[int, pydantic.Field(ge=3), pydantic.AfterValidator(_odd)]
    sigma: interval(above=0.0) = (0.1, 2.0)
    p: Probability = 1.0

    def fold(self, plan: Plan, uniforms: Array) -> Plan:
        """See `Augmentation.fold`."""
        sigma = within(self.sigma, uniforms[:, 0])
        happens = plan.xp.where(uniforms[:, 1] < self.p, 1.0, 0.0)
        return plan.blurred(sigma * happens, self.kernel_size)
