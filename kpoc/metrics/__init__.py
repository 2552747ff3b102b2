"""Metrics that Keras lacks: imbalanced classes, calibration, groups of people.

They need Keras 3 alone, on any backend. Every class takes integer labels, keeps sums
only (so that results don't depend on the batch size) and works compiled. Where the
result is one number, it says by `_direction` whether more or less is better: what
Keras' callbacks ask for in mode "auto".

Every file registers its own metric, which is found here under its class name.
"""

import typing

from kpoc.metrics import _registry
from kpoc.metrics._registry import get, register, takes

_found = _registry.find(__name__, __path__)
globals().update(_found)

__all__ = ["get", "register", "takes", *sorted(_found)]  # noqa: PLE0604

if typing.TYPE_CHECKING:

    def __getattr__(name: str) -> type: ...
