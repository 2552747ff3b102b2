"""The model that is converted: uint8 images of any size in, predictions out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import keras
from keras import layers, ops

from kpoc.models import ImagesToSize

if TYPE_CHECKING:
    import tensorflow as tf

    from kpoc.recipe import Target

# as in kpoc.batches.targets; not expm1, which ONNX does not have
_BACKWARD: dict[str, Callable] = {
    "identity": lambda value, low, high: value,
    "log": lambda value, low, high: ops.exp(value),
    "log1p": lambda value, low, high: ops.exp(value) - 1.0,
    "min_max": lambda value, low, high: low + value * (high - low),
}


def _weights(length, size: int):
    """What each of `length` pixels gives to each of `size` ones: (size, length).

    A triangle as wide as two output pixels, or as two input pixels when enlarging,
    about each output pixel's centre; what falls outside the image is left out.
    """
    pixels = ops.arange(length)
    length = ops.cast(length, "float32")
    scale = length / size
    centres = (ops.arange(size, dtype="float32") + 0.5) * scale
    away = ops.abs(ops.cast(pixels, "float32") + 0.5 - centres[:, None])
    weights = ops.relu(1.0 - away / ops.maximum(scale, 1.0))
    return weights / ops.sum(weights, axis=1, keepdims=True)


class ImagesToSizeByMatrices(ImagesToSize):
    """`ImagesToSize` as two matrix products, of operations that every format has.

    Converters know no antialiased resize. Sums in another order may round a pixel that
    lies on the edge of two grey levels the other way.
    """

    def call(self, images):
        _, height, width, _ = ops.shape(images)
        images = ops.cast(images, "float32")
        images = ops.reshape(images, (-1, height, width * 3))
        images = ops.matmul(_weights(height, self.size), images)
        images = ops.reshape(images, (-1, width, 3))
        images = ops.matmul(_weights(width, self.size), images)
        images = ops.reshape(images, (-1, self.size, self.size, 3))
        return ops.clip(ops.round(images), 0.0, 255.0)


class Predictions(layers.Layer):
    """Outputs of the heads as `kpoc.batches.targets.decode` gives them.

    Input: (B, 1) or (B, K) by target. Output: (B,) values in the target's unit, clipped
    to its range, or (B, K) probabilities.
    """

    def __init__(self, targets: Mapping[str, Target], **kwargs):
        super().__init__(**{"dtype": "float32", **kwargs})
        self.targets = dict(targets)

    def call(self, outputs):
        return {name: self._one(t, outputs[name]) for name, t in self.targets.items()}

    def _one(self, target: Target, outputs):
        if target.kind == "regression":
            value = _BACKWARD[target.transform](outputs[:, 0], *target.range)
            return ops.clip(value, *target.range)
        if target.kind == "binary":
            outputs = ops.concatenate([ops.zeros_like(outputs), outputs], axis=-1)
        return ops.softmax(outputs, axis=-1)


def serving_model(
    core: keras.Model,
    targets: Mapping[str, Target],
    image_size: int,
    native_resize: bool,
) -> keras.Model:
    """Puts the resize in front of a trained core and predictions behind it.

    Args:
        core: The layer `core` of a saved model.
        targets: Targets of the recipe.
        image_size: Side in pixels at which the core works.
        native_resize: Resize by the operation of the backend, as the saved model does,
            or by matrices.

    Returns:
        A model of uint8 RGB images (B, H, W, 3), any H and W, called `images`.
    """
    resize = ImagesToSize if native_resize else ImagesToSizeByMatrices
    images = keras.Input((None, None, 3), dtype="uint8", name="images")
    resized = ops.cast(resize(image_size)(images), "uint8")
    return keras.Model(images, Predictions(targets)(core(resized)))


def as_function(model: keras.Model) -> tf.types.experimental.PolymorphicFunction:
    """A serving model as a TensorFlow function of images of any size."""
    import tensorflow as tf

    images = tf.TensorSpec((None, None, None, 3), tf.uint8, name="images")
    return tf.function(
        lambda images: model(images, training=False), input_signature=[images]
    )
