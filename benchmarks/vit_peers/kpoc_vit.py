"""kpoc's own."""

import keras

from kpoc.models.vit import ViT
from vit_peers import CLASSES, SIDE
from vit_peers._keras import stepper


def make(shape: dict, batch: int, way: str, bfloat16: bool):
    """See the package."""
    keras.config.set_dtype_policy("mixed_bfloat16" if bfloat16 else "float32")
    model = ViT(SIDE, num_classes=CLASSES, **shape)
    return stepper(keras, model, batch, way.startswith("XLA"))
