"""A small CNN for small, centred pictures, to be trained from random weights."""

import keras
from keras import layers

from kpoc.ground.schema import Positive
from kpoc.models.registry import register


@register("small_cnn", xla_on_cpu=False, smallest=16, reads=None)
def small_cnn(
    image_size: int,
    weights: None = None,
    width: Positive = 24,
    stages: Positive = 4,
    units: Positive = 128,
) -> keras.Model:
    """Conv-BN-ReLU stages that halve the resolution, then one unit that sees it all.

    The last convolution is as large as its input and gives a single position, so that
    where a feature lies is not averaged away: in a centred portrait it tells much.

    Args:
        image_size: Side of the square input, pixels.
        weights: None; there are no pre-trained ones.
        width: Channels of the first stage; each later stage has twice as many.
        stages: Number of stages.
        units: Channels of the last convolution.
    """
    images = keras.Input((image_size, image_size, 3))
    x = layers.Rescaling(1 / 127.5, offset=-1.0)(images)
    for stage in range(stages):
        channels = width * 2**stage
        x = layers.Conv2D(channels, 3, 2, padding="same", use_bias=False)(x)
        x = layers.BatchNormalization(momentum=0.9)(x)
        x = layers.ReLU()(x)
    # no batch norm behind the dropout: its statistics would differ at inference
    x = layers.Dropout(0.4)(x)
    x = layers.Conv2D(units, x.shape[1:3], activation="relu")(x)
    return keras.Model(images, x)
