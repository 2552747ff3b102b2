"""A small residual CNN for small pictures, to be trained from random weights."""

import keras
from keras import layers

from kpoc.models.registry import register


@register("small_cnn", xla_on_cpu=False, smallest=16)
def small_cnn(
    image_size: int, weights: None = None, width: int = 24, stages: int = 3
) -> keras.Model:
    """Conv-BN-ReLU stages that halve the resolution, each with a residual block.

    Args:
        image_size: Side of the square input, pixels.
        weights: None; there are no pre-trained ones.
        width: Channels of the first stage; each later stage has twice as many.
        stages: Number of stages.
    """
    images = keras.Input((image_size, image_size, 3))
    x = layers.Rescaling(1 / 127.5, offset=-1.0)(images)
    for stage in range(stages):
        channels = width * 2**stage
        x = _unit(x, channels, strides=2)
        x = layers.Add()([x, _unit(x, channels)])
    return keras.Model(images, x, name="small_cnn")


def _unit(x, channels: int, strides: int = 1):
    x = layers.Conv2D(channels, 3, strides, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization(momentum=0.9)(x)
    return layers.ReLU()(x)
