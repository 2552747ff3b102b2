"""Learning-rate schedules that recipes name."""

from __future__ import annotations

import inspect
import math

import keras

from kpoc import optimizers
from kpoc.ground.errors import blamed_on
from kpoc.ground.schema import Component, nearest


def constant(learning_rate: float, steps: int) -> float:
    """The same learning rate in every step."""
    return learning_rate


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


SCHEDULES = {"constant": constant, "warmup_cosine": warmup_cosine}


def make_schedule(component: Component, learning_rate: float, steps: int):
    """The schedule that a recipe names.

    Args:
        component: Its name and parameters.
        learning_rate: The optimizer's learning rate, which it scales.
        steps: Steps of the whole training.

    Raises:
        ValueError: Unknown name or parameter.
    """
    if component.name not in SCHEDULES:
        raise ValueError(
            f"`schedule` must be a known one. {nearest(component.name, SCHEDULES)} "
            f"Received: {component.name!r}"
        )
    schedule = SCHEDULES[component.name]
    known = list(inspect.signature(schedule).parameters)[2:]
    if unknown := sorted(set(component.params) - set(known)):
        raise ValueError(
            f"`schedule` {component.name} takes {known}. Received: {unknown}"
        )
    with blamed_on(f"`schedule` {component.name}", component.params):
        return schedule(learning_rate, steps, **component.params)
