"""A trained model for images of another size."""

from __future__ import annotations

import keras

from kpoc.models.encoder import Encoder, heads_of
from kpoc.models.pooling import pool
from kpoc.models.to_size import ImagesToSize


def at_size(core: keras.Model, image_size: int, name: str | None = None) -> keras.Model:
    """The same weights at another size: a copy of the encoder, with the heads.

    Args:
        core: The layer `core` of what `kpoc.models.build` makes.
        image_size: Side of the images in pixels.
        name: The backbone's name in the registry, as `Encoder.of` needs it.

    Raises:
        ValueError: The backbone does not take that size; says which would do.
    """
    encoder = Encoder.of(core, name).at(image_size)
    images = keras.Input((image_size, image_size, 3), dtype="uint8")
    features = pool(encoder.backbone(ImagesToSize(image_size)(images)))
    return keras.Model(images, heads_of(core)(features), name="core")
