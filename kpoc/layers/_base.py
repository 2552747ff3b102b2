"""What all augmentation layers share: draws, views, and rest at inference."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from numbers import Integral

import keras
from keras import ops

from kpoc.augmentation.chain import Chain
from kpoc.layers._execute import execute

LAYER_OPTIONS = (
    "name",
    "dtype",
    "trainable",
    "autocast",
    "activity_regularizer",
    "input_shape",
)


def side_lengths(size: int | Sequence[int] | None) -> tuple[int, int] | None:
    """Height and width from a `size` argument.

    Raises:
        ValueError: It is neither a positive integer nor two of them.
    """
    if size is None:
        return None
    sides = tuple(size) if isinstance(size, Iterable) else (size, size)
    if len(sides) != 2 or not all(isinstance(s, Integral) and s > 0 for s in sides):
        raise ValueError(
            "`size` must be a number of pixels above 0, or height and width. "
            f"Received: {size!r}"
        )
    return int(sides[0]), int(sides[1])


def level_range(value_range: Sequence[float]) -> tuple[float, float]:
    """Lowest and highest level from a `value_range` argument.

    Raises:
        ValueError: The second is not above the first.
    """
    low, high = value_range
    if not low < high:
        raise ValueError(
            f"`value_range` must be (low, high), low < high. Received: {value_range!r}"
        )
    return low, high


class AugmentationBase(keras.layers.Layer):
    """Carries out a chain in training and passes images on at inference."""

    def __init__(
        self,
        chain: Chain,
        *,
        size: int | Sequence[int] | None = None,
        views: int = 1,
        seed: int | None = None,
        value_range: Sequence[float] = (0, 255),
        **kwargs,
    ):
        super().__init__(**{"autocast": False, **kwargs})
        if not isinstance(views, int) or views < 1:
            raise ValueError(f"`views` must be 1 or more. Received: {views!r}")
        self.chain = chain
        self.size = side_lengths(size)
        self.views = views
        self.seed = seed
        self.value_range = level_range(value_range)
        self.generator = keras.random.SeedGenerator(seed)

    @property
    def draws(self) -> int:
        """Uniform numbers that an image takes."""
        return sum(a.draws for a in self.chain.augmentations)

    def call(self, images, training=False, draws=None):
        if len(images.shape) == 3:
            return self.call(images[None], training, draws)[0]
        if images.shape[-1] != 3:
            raise ValueError(
                f"`images` must have 3 channels, (B, H, W, 3). "
                f"Received: shape {tuple(images.shape)}"
            )
        kind = keras.backend.standardize_dtype(images.dtype)
        whole = "int" in kind
        if not training:
            images = self._at_rest(images, whole)
        else:
            images = self._augmented(images, whole, draws)
        return ops.cast(images, kind)

    def _at_rest(self, images, whole: bool):
        if self.size is not None and tuple(images.shape[1:3]) != self.size:
            # as `kpoc.models.ImagesToSize` does it
            images = ops.cast(images, "float32")
            images = ops.image.resize(
                images, self.size, antialias=True, data_format="channels_last"
            )
            if whole:
                images = ops.clip(ops.round(images), *self.value_range)
        if self.views == 1:
            return images
        return ops.repeat(images[:, None], self.views, axis=1)

    def _augmented(self, images, whole: bool, draws):
        count, height, width, _ = ops.shape(images)
        if self.views > 1:
            images = ops.repeat(images, self.views, axis=0)
        if draws is None:
            shape = (count * self.views, self.draws)
            draws = keras.random.uniform(shape, seed=self.generator)
        elif draws.shape[-1] != self.draws:
            raise ValueError(
                f"`draws` must have {self.draws} numbers for an image. "
                f"Received: shape {tuple(draws.shape)}"
            )
        draws = ops.cast(draws, "float32")
        parts, start = [], 0
        for augmentation in self.chain.augmentations:
            parts.append(draws[:, start : start + augmentation.draws])
            start += augmentation.draws
        low, high = self.value_range
        scaled = (low, high) != (0, 255)
        if scaled:
            images = (ops.cast(images, "float32") - low) * (255.0 / (high - low))
        source, known = (height, width), isinstance(height, int)
        if not (known and isinstance(width, int)):
            source = tuple(ops.cast(side, "float32") for side in source)
            if self.size is None:
                raise ValueError(
                    "`images` must be of one size, known beforehand; or give the "
                    f"output's `size`. Received: shape {tuple(images.shape)}"
                )
        plan = self.chain.plan(parts, source, self.size or source, xp=ops)
        images = execute(images, plan, self.chain.fill, whole)
        if scaled:
            images = images * ((high - low) / 255.0) + low
        if self.views == 1:
            return images
        return ops.reshape(images, (-1, self.views, *images.shape[1:]))

    def get_config(self):
        return {
            **super().get_config(),
            "views": self.views,
            "seed": self.seed,
            "value_range": list(self.value_range),
        }
