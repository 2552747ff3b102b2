"""Augmentation as Keras layers: in any Keras model, on any backend.

Each kind in `kpoc.augmentation.kinds` is found here as a layer under its class name.
"""

import typing

from kpoc.layers.augmentations import Augmentations
from kpoc.layers.normalize import Normalize
from kpoc.layers.single import LAYERS

globals().update(LAYERS)

__all__ = ["Augmentations", "Normalize", *sorted(LAYERS)]  # noqa: PLE0604

if typing.TYPE_CHECKING:

    def __getattr__(name: str) -> type: ...
