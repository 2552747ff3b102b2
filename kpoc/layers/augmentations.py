"""A list of augmentations as one layer: one plan instead of a chain of layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from keras.saving import register_keras_serializable

from kpoc.augmentation.chain import make_augmentations
from kpoc.augmentation.definition import AUGMENTATIONS
from kpoc.ground.schema import Component
from kpoc.layers._base import AugmentationBase
from kpoc.layers._single import SingleAugmentation


def _component(given: str | Mapping | SingleAugmentation) -> Component:
    if isinstance(given, SingleAugmentation):
        [augmentation] = given.chain.augmentations
        name = AUGMENTATIONS.name_of(type(augmentation))
        given = {"name": name, **augmentation.model_dump()}
    return Component.model_validate(given)


@register_keras_serializable(package="kpoc")
class Augmentations(AugmentationBase):
    """Carries out a list of augmentations as one plan.

    An image goes through one resample, one colour matrix, one blur and one mask,
    however long the list is. Geometry comes first, then colour, blur, solarizing and
    erasing, whatever their order in the list; within each of these the list's order
    counts. What a crop cuts off is still there for a rotation after it.

    Args:
        augmentations: As in a recipe: names, mappings with a `name` and parameters,
            or layers of `kpoc.layers`, whose own size, seed and range do not count.
        size: Side of the output in pixels, or (height, width); by default that of the
            input.
        views: Views of each image; more than 1 add an axis: (B, views, H, W, 3).
        seed: Seed of the layer's own draws; by default another one each time.
        value_range: Lowest and highest level of the images.
        **kwargs: `name` and what else all Keras layers take.

    Call arguments:
        images: RGB (B, H, W, 3) or (H, W, 3); the output has the same dtype, and
            integers stay whole levels.
        training: At inference (False) nothing is changed but the size.
        draws: Numbers in [0, 1), (B * views, `draws`), in place of the layer's own.
            `kpoc.augmentation` gives those of an epoch and a row.

    Raises:
        ValueError: Unknown names or parameters, all of them listed; a list that does
            not fold into one plan.

    Example:
        >>> import numpy as np
        >>> layer = Augmentations(["random_flip", {"name": "random_erasing", "p": 1.0}])
        >>> images = np.full((2, 8, 8, 3), 7, "uint8")
        >>> bool((np.array(layer(images)) == images).all())
        True
        >>> bool((np.array(layer(images, training=True)) == images).all())
        False
    """

    def __init__(
        self,
        augmentations: Sequence[str | Mapping | SingleAugmentation],
        size: int | Sequence[int] | None = None,
        **kwargs,
    ):
        if not augmentations:
            raise ValueError(
                f"`augmentations` must hold at least one. Received: {augmentations!r}"
            )
        self._components = [_component(given) for given in augmentations]
        super().__init__(make_augmentations(self._components), size=size, **kwargs)

    def get_config(self):
        return {
            **super().get_config(),
            "augmentations": [c.model_dump() for c in self._components],
            "size": self.size and list(self.size),
        }
