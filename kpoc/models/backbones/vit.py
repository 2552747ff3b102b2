"""Vision transformers, from scratch or from a Hugging Face folder or repository.

Dosovitskiy et al. 2020, arXiv:2010.11929; DINO: Caron et al. 2021, arXiv:2104.14294;
DINOv2: Oquab et al. 2023, arXiv:2304.07193.
"""

from __future__ import annotations

from functools import partial

import keras

from kpoc.ground.schema import Fraction, Positive
from kpoc.models.checkpoints import (
    Folder,
    Preprocessing,
    read_preprocessing,
    read_vit,
)
from kpoc.models.registry import register
from kpoc.models.vit import ViT, variant

_HALF = (0.5, 0.5, 0.5)
REPOSITORIES = {
    "imagenet21k": "google/vit-base-patch16-224-in21k",
    "dino": "facebook/dino-vits8",
    "dino_b8": "facebook/dino-vitb8",
    "dinov2": "facebook/dinov2-small",
}


def make_vit(
    size: str,
    image_size: int,
    weights: str | None = None,
    patch_size: Positive | None = None,
    width: Positive | None = None,
    depth: Positive | None = None,
    heads: Positive | None = None,
    mlp_width: Positive | None = None,
    layer_scale: float | None = None,
    dropout: Fraction = 0.0,
    stochastic_depth: Fraction = 0.0,
) -> keras.Model:
    """A ViT with its preprocessing in front; features are the class token.

    Args:
        size: The variant, such as `B/16`, where the other arguments say nothing else.
        image_size: Side of the images in pixels; the patch must divide it.
        weights: None, a name of the registry's, or the path of a folder.
        patch_size: Side of a patch, of a ViT from random weights, as the next five.
        width: Length of a token.
        depth: Number of blocks.
        heads: Attention heads.
        mlp_width: Hidden units of a block.
        layer_scale: Initial factor of the residual branches.
        dropout: Share of each branch's output dropped in training.
        stochastic_depth: Probability of dropping the last block's branches.
    """
    asked = {
        "patch_size": patch_size,
        "width": width,
        "depth": depth,
        "heads": heads,
        "mlp_width": mlp_width,
        "layer_scale": layer_scale,
    }
    asked = {name: value for name, value in asked.items() if value is not None}
    training = {"dropout": dropout, "stochastic_depth": stochastic_depth}
    if weights is None:
        vit = ViT(image_size, **variant(size) | asked, **training)
        preprocessing = Preprocessing(_HALF, _HALF, image_size)
    else:
        if asked:
            raise ValueError(
                "`options` that change the architecture need random weights "
                f"(model.weights=null). Received: {sorted(asked)} with {weights!r}"
            )
        folder = Folder.find(REPOSITORIES.get(weights, weights))
        vit = read_vit(folder.path, classifier=False, **training)
        native = vit.config["image_size"][0]
        preprocessing = read_preprocessing(folder, native)
    images = keras.Input((image_size, image_size, 3))
    return keras.Model(images, vit(preprocessing.layer()(images)))


LICENCE = "Apache-2.0"
NORMALISED = "mean and standard deviation of the checkpoint; [-1, 1] without one"

for _name, _size, _weights in (
    ("vit", "B/16", "imagenet21k"),
    ("vit_ti16", "Ti/16", None),
    ("vit_s16", "S/16", None),
    ("vit_b16", "B/16", "imagenet21k"),
    ("vit_l16", "L/16", None),
    ("vit_h14", "H/14", None),
    ("dino_vits8", "S/8", "dino"),
    ("dino_vitb8", "B/8", "dino_b8"),
    ("dinov2_vits14", "S/14", "dinov2"),
):
    register(
        _name,
        xla_on_cpu=True,
        weight_names={
            _weights: f"{REPOSITORIES[_weights]} on the Hugging Face hub, {LICENCE}"
        }
        if _weights
        else None,
        preprocessing=NORMALISED,
        reads="huggingface",
    )(partial(make_vit, _size))
