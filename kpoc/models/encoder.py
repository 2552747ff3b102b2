"""The backbone with its weights, without heads: what is handed from run to run."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import keras
import numpy as np
from keras import layers

from kpoc.models.maps import Maps
from kpoc.models.padding import UnknownPadding
from kpoc.models.pooling import pool
from kpoc.models.rebuilding import Rebuilt
from kpoc.models.registry import NAMED, Backbone, backbone_names, get_backbone
from kpoc.models.to_size import ImagesToSize
from kpoc.models.transfer import copy_weights
from kpoc.models.vit import ViT
from kpoc.plugins import load_of_run

_BATCH = 64


class Encoder:
    """A backbone with its weights.

    Args:
        backbone: What the registry's `build` gives, or what it gave: RGB in 0..255 of
            one size to features, (B, H, W, C) or (B, C).
        name: Its name in the registry, where the model does not say it itself.

    Attributes:
        backbone: The same.
        name: Its name in the registry; None if that is not known.

    Example:
        >>> from kpoc.models import get_backbone
        >>> encoder = Encoder(get_backbone("small_cnn").build(32, width=4, units=8))
        >>> encoder.name, encoder.image_size
        ('small_cnn', 32)
        >>> encoder.features(np.zeros((2, 50, 40, 3), "uint8")).shape
        (2, 8)
        >>> encoder.maps.grid, encoder.at(48).image_size
        ((2, 2), 48)
    """

    def __init__(self, backbone: keras.Model, name: str | None = None):
        self.backbone = backbone
        said = backbone.name.removeprefix(NAMED)
        self.name = name or (said if said != backbone.name else None)

    @classmethod
    def of(cls, model: keras.Model, name: str | None = None) -> Encoder:
        """The encoder in a model that `kpoc.models.build` made, or in its `core`.

        It shares the layers of the model: nothing is copied.

        Args:
            model: The model, as built or as loaded from a file; also of a run made
                before backbones had names.
            name: The backbone's name in the registry, for such a run (its recipe says
                it).

        Raises:
            ValueError: There is no backbone in it, or more than one.
        """
        return cls(_position(_core(model))[1], name)

    @classmethod
    def load(cls, path: str | Path, name: str | None = None) -> Encoder:
        """The encoder in a saved model.

        Args:
            path: A `.keras` file.
            name: As in `of`.
        """
        backbone_names()  # registers the classes of the layers
        load_of_run(Path(path).parent)
        return cls.of(keras.saving.load_model(path, compile=False), name)

    @property
    def image_size(self) -> int:
        """Side of the images that the backbone takes, in pixels."""
        return self.backbone.input_shape[1]

    @cached_property
    def entry(self) -> Backbone | None:
        """What the registry says of it; None where its name is not known there."""
        return get_backbone(self.name) if self.name in backbone_names() else None

    @cached_property
    def pooled(self) -> keras.Model:
        """RGB in 0..255 of `image_size` to features (B, C)."""
        images = keras.Input(self.backbone.input_shape[1:])
        return keras.Model(images, pool(self.backbone(images)))

    def features(self, images: np.ndarray) -> np.ndarray:
        """What the heads see of images, before dense layer and dropout.

        Args:
            images: uint8 RGB (B, H, W, 3), any H and W; they are resized and scaled as
                the model does it.

        Returns:
            float32 (B, C).
        """
        resize = ImagesToSize(self.image_size)
        found = [
            self.pooled(resize(images[first : first + _BATCH]), training=False)
            for first in range(0, len(images), _BATCH)
        ]
        return np.concatenate(
            [keras.ops.convert_to_numpy(part).astype("float32") for part in found]
        )

    @cached_property
    def maps(self) -> Maps:
        """What of it lies on the image: feature map, tokens, attention.

        Raises:
            ValueError: Nothing does, or not what the registry says.
        """
        asked = self.entry.map_layer if self.entry else None
        return Maps.of(self.backbone, self.name, asked)

    def at(self, image_size: int, dtype: str | None = None) -> Encoder:
        """The same weights for images of another size; a copy.

        A CNN is rebuilt around its kernels. A ViT's positions are interpolated as for
        checkpoints (bicubic, a = -0.75).

        Args:
            image_size: The new side in pixels.
            dtype: A dtype policy for all layers, such as `float32`; their own by
                default.

        Raises:
            ValueError: The backbone does not take that size; says which would do.
        """
        self._require(image_size)
        by_parity = self.entry.pads_by_parity if self.entry else None
        try:
            made = Rebuilt(self.backbone, image_size, by_parity, dtype).model
            copy_weights(self.backbone, made)
        except UnknownPadding:
            raise
        except (ValueError, TypeError) as error:
            raise ValueError(
                f"`image_size` must be {self.image_size} for this {self._title}, or "
                "another that its layers can take: they may be bound to that one. "
                f"Received: {image_size}: {_first_line(error)}"
            ) from error
        return Encoder(made, self.name)

    def copy_to(self, other: keras.Model | Encoder) -> None:
        """Gives its weights to another model of the same architecture.

        Image sizes may differ: kernels have none, and a ViT's positions are
        interpolated. Heads and what is trainable stay as they are.

        Args:
            other: A model of `kpoc.models.build`'s, or an encoder. It is changed.

        Raises:
            ValueError: Tensors or the scaling of images differ; names both.
        """
        if not isinstance(other, Encoder):
            other = Encoder.of(other)
        copy_weights(self.backbone, other.backbone)

    @property
    def _title(self) -> str:
        return self.name or "backbone"

    def _require(self, image_size: int) -> None:
        if self.entry:
            self.entry.check_size(image_size)
        for layer in self.backbone._flatten_layers():
            if isinstance(layer, ViT) and layer.config["channels"] <= 3:  # noqa: PLR2004
                side = layer.patches.patch_size
                below = image_size // side * side
                if below != image_size:
                    raise ValueError(
                        f"`image_size` must be a multiple of {side}, the patch of this "
                        f"{self._title}, such as {below or side} or {below + side}. "
                        f"Received: {image_size}"
                    )


def heads_of(model: keras.Model) -> keras.Model:
    """What comes after the encoder: features (B, C) to the outputs by target name.

    It shares the layers of the model, so that `heads_of(model)` of the encoder's
    features are the outputs of the model.

    Args:
        model: As in `Encoder.of`.
    """
    core = _core(model)
    position, _ = _position(core)
    after = core.layers[position + 1]
    is_pooling = isinstance(after, layers.GlobalAveragePooling2D)
    features = after.output if is_pooling else after.input
    outputs = {name: core.get_layer(name).output for name in core.output_names}
    return keras.Model(features, outputs, name="heads")


def _core(model: keras.Model) -> keras.Model:
    inner = {layer.name: layer for layer in model.layers}
    return inner.get("core", model)


def _position(core: keras.Model) -> tuple[int, keras.Model]:
    """Where the backbone stands among the layers of a model's core, and itself."""
    models = [
        (position, layer)
        for position, layer in enumerate(core.layers)
        if isinstance(layer, keras.Model)
    ]
    named = [pair for pair in models if pair[1].name.startswith(NAMED)]
    found = named or models
    if len(found) != 1:
        names = [layer.name for _, layer in found] or "none"
        raise ValueError(
            "`model` must have one backbone, as what `kpoc.models.build` makes has. "
            f"Received: {core.name} with {names}"
        )
    return found[0]


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
