"""The resize in front of every model."""

from __future__ import annotations

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable(package="kpoc")
class ImagesToSize(layers.Layer):
    """Resizes uint8 images of any size to a square of whole grey levels.

    Antialiased bilinear, rounded to grey levels as an image file would hold them, so
    that a served model sees what the training pipeline saw. An image that has the size
    already passes unchanged.

    Args:
        size: Side of the output in pixels.

    Input: (B, H, W, 3), 0..255. Output: (B, size, size, 3), float32, 0..255.

    Example:
        >>> import numpy as np
        >>> images = np.full((1, 50, 40, 3), 7, "uint8")
        >>> float(ImagesToSize(32)(images)[0, 5, 5, 0])
        7.0
    """

    def __init__(self, size: int, **kwargs):
        super().__init__(**{"dtype": "float32", "autocast": False, **kwargs})
        self.size = size

    def call(self, images):
        images = ops.cast(images, "float32")
        if tuple(images.shape[1:3]) == (self.size, self.size):
            return images
        images = ops.image.resize(
            images,
            (self.size, self.size),
            antialias=True,
            data_format="channels_last",
        )
        return ops.clip(ops.round(images), 0.0, 255.0)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.size, self.size, 3)

    def get_config(self):
        return {**super().get_config(), "size": self.size}
