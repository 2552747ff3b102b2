"""Data-parallel training: several devices of a process, several processes and hosts.

Every process reads its rows of each batch, runs the same steps as all others and sees
the same metrics, so that all decide alike. The first one writes the run directory.
`docs/several_machines.md` says how they are started.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpoc.training.distribution.alone import ALONE, Alone

if TYPE_CHECKING:
    from kpoc.training.plan import Plan

__all__ = ["ALONE", "Alone", "on_devices"]


def on_devices(number: int, plan: Plan) -> Alone:
    """A training on devices of this process.

    Args:
        number: How many.
        plan: What is trained.

    Raises:
        ValueError: There are not that many, they do not divide a batch, or Keras runs
            on another backend than JAX.
    """
    from kpoc.training.distribution.together import (
        Together,
        choose_devices,
        require_backend,
    )

    require_backend()
    return Together(choose_devices(number), plan.recipe.batch_size)
