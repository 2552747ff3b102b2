"""A backbone, a neck and a head for each target, in one model that takes uint8 RGB."""

from __future__ import annotations

from collections.abc import Mapping

import keras
from keras import layers, ops

from kpoc.models.freezing import freeze
from kpoc.models.pooling import pool
from kpoc.models.registry import get_backbone
from kpoc.models.starting import build_backbone
from kpoc.models.to_size import ImagesToSize


def build(
    model_config,
    task,
    image_size: int = 224,
    initial: Mapping[str, float] | None = None,
) -> keras.Model:
    """Builds the model that a recipe describes.

    The heads emit logits: K for a categorical target, one for a binary one (class 1
    against class 0), and the transformed value of a regression target.

    Args:
        model_config: The `model` part of a recipe.
        task: The `task` part of a recipe; its targets give the heads.
        image_size: Side in pixels at which the backbone works.
        initial: Where a regression head starts, by target, in transformed units; the
            mean over the training rows is a good choice. Defaults to 0.

    Returns:
        A model of uint8 RGB images (B, H, W, 3), any H and W, that gives a dict of
        outputs by target name. Its layer `core` is the part that is trained: the same
        with images of `image_size` only.

    Raises:
        ValueError: Unknown backbone or option, image too small, weights that don't fit.
        FileNotFoundError: No such weights file.
    """
    entry = get_backbone(model_config.backbone)
    backbone = build_backbone(entry, model_config, image_size)
    backbone.trainable = model_config.trainable
    freeze(backbone, model_config.freeze)

    images = keras.Input((image_size, image_size, 3), dtype="uint8")
    x = pool(backbone(ImagesToSize(image_size)(images)))
    if model_config.dense_units:
        x = layers.Dense(model_config.dense_units, activation="relu")(x)
    if model_config.dropout:
        x = layers.Dropout(model_config.dropout)(x)
    outputs = {
        name: _head(name, target, (initial or {}).get(name, 0.0))(x)
        for name, target in task.targets.items()
    }
    core = keras.Model(images, outputs, name="core")

    served = keras.Input((None, None, 3), dtype="uint8", name="images")
    resized = ImagesToSize(image_size)(served)
    return keras.Model(served, core(ops.cast(resized, "uint8")), name="kpoc_model")


def _head(name: str, target, start: float) -> layers.Layer:
    # float32 whatever the precision of the trunk: logits and losses need it
    if target.kind == "regression":
        bias = keras.initializers.Constant(start)
        return layers.Dense(1, bias_initializer=bias, name=name, dtype="float32")
    units = 1 if target.kind == "binary" else len(target.classes)
    return layers.Dense(units, name=name, dtype="float32")
