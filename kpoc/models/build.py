"""A backbone, a neck and a head for each target, in one model that takes uint8 RGB."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import keras
from keras import layers, ops

from kpoc.models.freezing import freeze
from kpoc.models.registry import Backbone, get_backbone


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
    backbone = _build_backbone(entry, model_config, image_size)
    backbone.trainable = model_config.trainable
    freeze(backbone, model_config.freeze)

    images = keras.Input((image_size, image_size, 3), dtype="uint8")
    x = backbone(ImagesToSize(image_size)(images))
    if len(x.shape) > 2:
        x = layers.GlobalAveragePooling2D()(x)
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


def _build_backbone(entry: Backbone, config, image_size: int) -> keras.Model:
    entry.check_options(config.options)
    if image_size < entry.smallest:
        raise ValueError(
            f"`image_size` must be at least {entry.smallest} for the backbone "
            f"{entry.name}. Received: {image_size}"
        )
    weights = entry.resolve(config.weights)
    named = weights in entry.weight_names
    if weights and not named and not Path(weights).exists():
        raise FileNotFoundError(
            f"`weights` of the backbone {entry.name} must be null, a path or one of "
            f"{sorted(entry.weight_names)}. Received: {config.weights!r}"
        )
    try:
        return entry.build(image_size, weights=weights, **config.options)
    except Exception as error:
        if not named or "fetch" not in str(error):
            raise
        raise ConnectionError(
            f"the weights {weights!r} of {entry.name} could not be downloaded "
            f"({error}). Fetch the file on a machine that can and name it with "
            f"--weights PATH, or ask for random ones with model.weights=null"
        ) from error


def _head(name: str, target, start: float) -> layers.Layer:
    # float32 whatever the precision of the trunk: logits and losses need it
    if target.kind == "regression":
        bias = keras.initializers.Constant(start)
        return layers.Dense(1, bias_initializer=bias, name=name, dtype="float32")
    units = 1 if target.kind == "binary" else len(target.classes)
    return layers.Dense(units, name=name, dtype="float32")
