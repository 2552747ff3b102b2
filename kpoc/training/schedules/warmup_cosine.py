"""A rise in a line, then half a cosine down."""

import math

import keras

from kpoc import optimizers
from kpoc.training.schedules import register_schedule


@register_schedule("warmup_cosine")
def warmup_cosine(
    learning_rate: float, steps: int, warmup: float = 0.05, final: float = 0.0
) -> keras.optimizers.schedules.LearningRateSchedule:
    """`kpoc.optimizers.warmup_cosine`, the warm-up as a share of the steps.

    Args:
        learning_rate: The peak.
        steps: Steps of the whole training.
        warmup: Share of the steps in which the rate rises, in [0, 1).
        final: Learning rate at the end, as a share of the peak.
    """
    if not 0.0 <= warmup < 1.0:
        raise ValueError(f"`warmup` must be within [0, 1). Received: {warmup!r}")
    rising = math.floor(warmup * steps)
    return optimizers.warmup_cosine(learning_rate, steps, rising, final)
