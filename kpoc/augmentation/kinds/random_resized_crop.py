"""Augmentation `random_resized_crop`: a part of the picture, at full size."""

from __future__ import annotations

import math
from typing import ClassVar

from kpoc.augmentation.definition import (
    GEOMETRY,
    Augmentation,
    first_that_fits,
    interval,
    register_augmentation,
    within,
)
from kpoc.augmentation.plan import Array, Plan

ATTEMPTS = 10


@register_augmentation("random_resized_crop")
class RandomResizedCrop(Augmentation):
    """Cuts out a part of the picture and brings it to the size of what comes out.

    Parameters and distributions are those of torchvision's `RandomResizedCrop` (the
    crop of Szegedy et al., Going deeper with convolutions, section 6): at most ten
    attempts, then the largest central part whose ratio is allowed.

    Attributes:
        scale: Share of the picture's area, uniform in [low, high].
        ratio: Width to height of the part, log-uniform in [low, high].
    """

    place: ClassVar[int] = GEOMETRY
    single: ClassVar[bool] = True
    needs_originals: ClassVar[bool] = True
    draws: ClassVar[int] = 2 + 2 * ATTEMPTS
    sized: ClassVar[bool] = True

    scale: interval(above=0.0, most=1.0) = (0.08, 1.0)
    ratio: interval(above=0.0) = (3.0 / 4.0, 4.0 / 3.0)

    def fold(self, plan: Plan, uniforms: Array) -> Plan:
        """See `Augmentation.fold`."""
        xp = plan.xp
        full_height, full_width = plan.height, plan.width
        tries = uniforms[:, 2:]
        area = (
            within(self.scale, tries[:, :ATTEMPTS])
            * (full_height * full_width)[:, None]
        )
        logs = (math.log(self.ratio[0]), math.log(self.ratio[1]))
        ratio = xp.exp(within(logs, tries[:, ATTEMPTS:]))
        widths, heights = (
            xp.round(xp.sqrt(area * ratio)),
            xp.round(xp.sqrt(area / ratio)),
        )
        fits = (widths <= full_width[:, None]) & (heights <= full_height[:, None])
        fits = fits & (widths > 0.0) & (heights > 0.0)
        first = first_that_fits(xp, fits)
        found = xp.sum(first, axis=1)
        # the largest part whose ratio is allowed
        most = xp.minimum(full_width, xp.round(full_height * self.ratio[1]))
        tall = xp.minimum(full_height, xp.round(full_width / self.ratio[0]))
        width = xp.sum(first * widths, axis=1) + (1.0 - found) * most
        height = xp.sum(first * heights, axis=1) + (1.0 - found) * tall
        top = found * uniforms[:, 0] * (full_height - height + 1.0)
        left = found * uniforms[:, 1] * (full_width - width + 1.0)
        top = top + (1.0 - found) * (full_height - height) / 2.0
        left = left + (1.0 - found) * (full_width - width) / 2.0
        return plan.cropped(xp.floor(top), xp.floor(left), height, width)
