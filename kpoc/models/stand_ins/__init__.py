"""Models of other libraries that are trained in the place of one of kpoc's.

An entry of the registry may name a module of this package. Its
`stand_in(core) -> StandIn` copies a model that `kpoc.models.build` made into a model of
the other library. That one is trained and gives the predictions; then its weights go
back into `core`, which is saved as any other run's model. Who reads the run needs the
other library no more.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass

import keras


@dataclass(frozen=True)
class StandIn:
    """What is trained.

    Attributes:
        model: Takes and gives what the model does in whose place it stands.
        give_back: Copies the weights back; gives facts for `run.json`: `stand_in`, what
            it was and how far the outputs of the two lie apart.
    """

    model: keras.Model
    give_back: Callable[[], dict[str, object]]


def stand_in_for(core: keras.Model, module: str | None) -> StandIn:
    """What is trained in the place of a model: the model itself, for most.

    Args:
        core: The model.
        module: What the registry names for its backbone.
    """
    if module is None:
        return StandIn(core, dict)
    return importlib.import_module(f"{__name__}.{module}").stand_in(core)
