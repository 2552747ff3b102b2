"""Losses for imbalanced data and contrastive learning, on any Keras backend.

Every file registers its own loss, which is found here under its class name.
"""

import typing

from kpoc.losses import _registry
from kpoc.losses._registry import get, register
from kpoc.losses.class_weights import class_counts, class_weights
from kpoc.losses.deferred import DeferredReweighting
from kpoc.losses.dense_weight import DenseWeight
from kpoc.losses.sample_weights import SampleWeights

_found = _registry.find(__name__, __path__)
globals().update(_found)

__all__ = [  # noqa: PLE0604
    "DeferredReweighting",
    "DenseWeight",
    "SampleWeights",
    "class_counts",
    "class_weights",
    "get",
    "register",
    *sorted(_found),
]

if typing.TYPE_CHECKING:

    def __getattr__(name: str) -> type: ...
