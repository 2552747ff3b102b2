"""The dog study's own method: transformers' `TFViTForImageClassification`.

What is built here is kpoc's ViT with the same numbers. In training the original stands
in for it, in an environment of its own, and its weights come back afterwards.
"""

from __future__ import annotations

import keras

from kpoc.ground.schema import Positive
from kpoc.models.backbones.vit import LICENCE, NORMALISED, REPOSITORIES, make_vit
from kpoc.models.registry import register

_SIZE, _WEIGHTS = "B/16", "imagenet21k"


@register(
    "tfvit",
    xla_on_cpu=True,
    weight_names={_WEIGHTS: f"{REPOSITORIES[_WEIGHTS]}, {LICENCE}"},
    preprocessing=NORMALISED,
    reads="huggingface",
    stand_in="tfvit",
    environment="tfvit",
)
def tfvit(
    image_size: int,
    weights: str | None = None,
    patch_size: Positive | None = None,
    width: Positive | None = None,
    depth: Positive | None = None,
    heads: Positive | None = None,
    mlp_width: Positive | None = None,
) -> keras.Model:
    """A ViT whose native size is that of the images.

    Positions are interpolated once, as PyTorch does it, and then trained as they are:
    the original interpolates in every step, by another bicubic kernel (a = -0.5) than
    checkpoints are made for.

    Args:
        image_size: Side of the images in pixels; the patch must divide it.
        weights: None, a name of the registry's, or the path of a folder.
        patch_size: Side of a patch, of a ViT from random weights, as the next four.
        width: Length of a token.
        depth: Number of blocks.
        heads: Attention heads.
        mlp_width: Hidden units of a block.
    """
    asked = (patch_size, width, depth, heads, mlp_width)
    read = make_vit(_SIZE, image_size, weights, *asked)
    images = read.input
    *_, normalisation, vit = read.layers
    return keras.Model(images, vit.resized(image_size)(normalisation(images)))
