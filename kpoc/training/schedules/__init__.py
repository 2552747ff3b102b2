"""Learning-rate schedules that recipes name, one a file.

A schedule is a function of the optimizer's learning rate and the steps of the whole
training, registered under the name that recipes use. Its further parameters are what
recipes may give it; it gives a `keras.optimizers.schedules.LearningRateSchedule`, or a
number.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable

from kpoc.ground.errors import blamed_on
from kpoc.ground.registry import Registry
from kpoc.ground.schema import Component

SCHEDULES: Registry[Callable] = Registry("schedule", "kpoc.training.schedules")
register_schedule = SCHEDULES.register


def make_schedule(component: Component, learning_rate: float, steps: int):
    """The schedule that a recipe names.

    Args:
        component: Its name and parameters.
        learning_rate: The optimizer's learning rate, which it scales.
        steps: Steps of the whole training.

    Raises:
        ValueError: Unknown name or parameter.
    """
    schedule = SCHEDULES.get(component.name)
    known = list(inspect.signature(schedule).parameters)[2:]
    if unknown := sorted(set(component.params) - set(known)):
        raise ValueError(
            f"`schedule` {component.name} takes {known}. Received: {unknown}"
        )
    with blamed_on(f"`schedule` {component.name}", component.params):
        return schedule(learning_rate, steps, **component.params)
