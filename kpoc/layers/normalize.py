"""Levels to the numbers that a pre-trained network was trained on."""

from __future__ import annotations

from collections.abc import Sequence

import keras
from keras import ops

from kpoc.layers._base import level_range


@keras.saving.register_keras_serializable(package="kpoc")
class Normalize(keras.layers.Layer):
    """Gives (level - mean) / std, with levels brought to 0..1 first.

    In training and at inference alike. The defaults are those of ImageNet.

    Args:
        mean: Mean of each channel, levels counted from 0 to 1.
        std: Standard deviation of each channel.
        value_range: Lowest and highest level of the images.
        **kwargs: `name` and what else all Keras layers take.

    Input: images (..., channels) of any dtype. Output: the layer's compute dtype.

    Example:
        >>> import numpy as np
        >>> round(float(Normalize()(np.full((1, 1, 3), 255, "uint8"))[0, 0, 0]), 4)
        2.2489
    """

    def __init__(
        self,
        mean: Sequence[float] = (0.485, 0.456, 0.406),
        std: Sequence[float] = (0.229, 0.224, 0.225),
        value_range: Sequence[float] = (0, 255),
        **kwargs,
    ):
        super().__init__(**{"autocast": False, **kwargs})
        if len(mean) != len(std) or not all(s > 0 for s in std):
            raise ValueError(
                "`mean` and `std` must have a number for each channel, those of `std` "
                f"above 0. Received: mean={mean!r}, std={std!r}"
            )
        self.mean, self.std = tuple(mean), tuple(std)
        self.value_range = level_range(value_range)

    def call(self, images):
        if images.shape[-1] != len(self.mean):
            raise ValueError(
                f"`images` must have {len(self.mean)} channels, (..., "
                f"{len(self.mean)}). Received: shape {tuple(images.shape)}"
            )
        low, high = self.value_range
        scale = [1.0 / ((high - low) * s) for s in self.std]
        middle = [low + (high - low) * m for m in self.mean]
        images = ops.cast(images, "float32") - ops.convert_to_tensor(middle, "float32")
        images = images * ops.convert_to_tensor(scale, "float32")
        return ops.cast(images, self.compute_dtype)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {
            **super().get_config(),
            "mean": list(self.mean),
            "std": list(self.std),
            "value_range": list(self.value_range),
        }
