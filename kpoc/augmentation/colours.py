"""Linear changes of colour, as matrices (B, 3, 3)."""

from __future__ import annotations

import math
from types import ModuleType

from kpoc.augmentation.plan import GREY, Array, matrices


def scaled(xp: ModuleType, factor: Array) -> Array:
    """Multiplies every level by `factor` (B,)."""
    return matrices(xp, [[factor, 0.0, 0.0], [0.0, factor, 0.0], [0.0, 0.0, factor]])


def saturated(xp: ModuleType, factor: Array) -> Array:
    """Mixes a colour with its grey level; 0 is grey, 1 unchanged, (B,)."""
    kept = [[factor if i == j else 0.0 for j in range(3)] for i in range(3)]
    return matrices(
        xp,
        [[(1.0 - factor) * GREY[j] + kept[i][j] for j in range(3)] for i in range(3)],
    )


def turned(xp: ModuleType, turns: Array) -> Array:
    """Turns colours about the grey axis; a third of a turn takes red to green.

    Rodrigues' rotation about (1, 1, 1). For thirds of a turn it is a turn of the hue
    in HSV; in between it keeps the sum of the channels, where HSV keeps the largest.
    """
    angle = 2.0 * math.pi * turns
    cos, sin = xp.cos(angle), xp.sin(angle) / math.sqrt(3.0)
    mean = (1.0 - cos) / 3.0
    same, before, after = cos + mean, mean - sin, mean + sin
    return matrices(
        xp,
        [[same, before, after], [after, same, before], [before, after, same]],
    )
