"""Optimizers that Keras lacks, and its warm-up cosine in the usual terms.

They need Keras 3 alone, on any backend; accumulation, averages, clipping and loss
scaling are Keras' own. Every file registers its own optimizer, which is found here
under its class name.
"""

import typing

from kpoc.optimizers import _registry
from kpoc.optimizers._registry import get, register
from kpoc.optimizers.layer_rates import with_layer_decay
from kpoc.optimizers.schedules import warmup_cosine

_found = _registry.find(__name__, __path__)
globals().update(_found)

__all__ = [  # noqa: PLE0604
    "get",
    "register",
    "warmup_cosine",
    "with_layer_decay",
    *sorted(_found),
]

if typing.TYPE_CHECKING:

    def __getattr__(name: str) -> type: ...
