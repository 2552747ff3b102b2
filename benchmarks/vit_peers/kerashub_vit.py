"""KerasHub's."""

import keras
import keras_hub

from vit_peers import CLASSES, SIDE
from vit_peers._keras import stepper


def make(shape: dict, batch: int, way: str, bfloat16: bool):
    """See the package."""
    keras.config.set_dtype_policy("mixed_bfloat16" if bfloat16 else "float32")
    backbone = keras_hub.models.ViTBackbone(
        image_shape=(SIDE, SIDE, 3),
        patch_size=shape["patch_size"],
        num_layers=shape["depth"],
        num_heads=shape["heads"],
        hidden_dim=shape["width"],
        mlp_dim=4 * shape["width"],
    )
    model = keras_hub.models.ViTImageClassifier(backbone, CLASSES, preprocessor=None)
    return stepper(keras, model, batch, way.startswith("XLA"))
