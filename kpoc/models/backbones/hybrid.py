"""A CNN's first stages, then a transformer on their feature map.

Dosovitskiy et al. 2020, arXiv:2010.11929, section 3.1 ("hybrid architecture"); the
plain convolutional stem: Xiao et al. 2021, arXiv:2106.14881.
"""

from __future__ import annotations

import keras
from keras import applications, layers

from kpoc.ground.schema import Fraction, Positive
from kpoc.models.registry import register
from kpoc.models.vit import ViT
from kpoc.models.weights import IMAGENET, of_keras

ORIGIN = "keras.applications' MobileNetV2 (the stem), ImageNet-1k, Apache-2.0"
_CONVOLUTIONS = (24, 48, 96, 192)


def _mobilenet_v2(image_size: int, weights: str | None, cut: str) -> keras.Model:
    core = of_keras(applications.MobileNetV2, image_size, weights)
    names = [layer.name for layer in core.layers]
    if cut not in names:
        usual = [n for n in names if n.endswith("_add") or n == "out_relu"]
        raise ValueError(
            f"`cut` must be a layer of MobileNetV2, such as {', '.join(usual)}. "
            f"Received: {cut!r}"
        )
    return keras.Model(core.input, core.get_layer(cut).output, name="stem")


def _convolutions(image_size: int, weights: str | None, cut: str) -> keras.Model:
    if weights is not None:
        raise ValueError(
            "`weights` must be null for the stem 'convolutions', which has none. "
            f"Received: {weights!r}"
        )
    images = x = keras.Input((image_size, image_size, 3))
    for channels in _CONVOLUTIONS:
        x = layers.Conv2D(channels, 3, 2, padding="same", use_bias=False)(x)
        x = layers.BatchNormalization(momentum=0.9)(x)
        x = layers.ReLU()(x)
    return keras.Model(images, x, name="stem")


_STEMS = {"mobilenet_v2": _mobilenet_v2, "convolutions": _convolutions}


@register(
    "hybrid",
    xla_on_cpu=False,
    weight_names={IMAGENET: ORIGIN},
    pads_by_parity=True,
)
def hybrid(
    image_size: int,
    weights: str | None = None,
    stem: str = "mobilenet_v2",
    cut: str = "block_12_add",
    width: Positive = 192,
    depth: Positive = 4,
    heads: Positive = 3,
    dropout: Fraction = 0.0,
    stochastic_depth: Fraction = 0.0,
) -> keras.Model:
    """A stem, and a ViT whose patches are the positions of its feature map.

    Args:
        image_size: Side of the images in pixels.
        weights: Of the stem: None, `imagenet` or a file of MobileNetV2's.
        stem: `mobilenet_v2`, or `convolutions`: four of stride 2, from random weights.
        cut: The layer of MobileNetV2 whose output the transformer takes:
            `block_12_add` at a 16th of the resolution, `out_relu` at a 32nd.
        width: Length of a token.
        depth: Blocks of the transformer.
        heads: Attention heads.
        dropout: Share of each branch's output dropped in training.
        stochastic_depth: Probability of dropping the last block's branches.
    """
    if stem not in _STEMS:
        raise ValueError(f"`stem` must be one of {list(_STEMS)}. Received: {stem!r}")
    first = _STEMS[stem](image_size, weights, cut)
    _, rows, columns, channels = first.output.shape
    vit = ViT(
        (rows, columns),
        patch_size=1,
        channels=channels,
        width=width,
        depth=depth,
        heads=heads,
        dropout=dropout,
        stochastic_depth=stochastic_depth,
    )
    images = keras.Input((image_size, image_size, 3))
    x = layers.Rescaling(1 / 127.5, offset=-1.0)(images)
    return keras.Model(images, vit(first(x)))
