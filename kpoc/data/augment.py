"""Augmentations of training batches, each a function of (seed, epoch, row).

An augmentation is a function of a uint8 batch (B, H, W, 3) and one uniform number in
[0, 1) an image, which gives a batch of the same shape; it is registered by its name in
recipes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from kpoc.schema import Component, nearest

Augmentation = Callable[[np.ndarray, np.ndarray], np.ndarray]


def random_flip(probability: float = 0.5) -> Augmentation:
    """Mirrors an image left to right with the given probability.

    Raises:
        ValueError: `probability` is outside [0, 1].
    """
    if not 0.0 <= probability <= 1.0:
        raise ValueError(
            f"`probability` must be within [0, 1]. Received: {probability!r}"
        )

    def apply(images: np.ndarray, uniforms: np.ndarray) -> np.ndarray:
        mirrored = uniforms < probability
        images[mirrored] = images[mirrored, :, ::-1]
        return images

    return apply


AUGMENTATIONS = {"random_flip": random_flip}


def make_augmentations(components: Sequence[Component]) -> list[Augmentation]:
    """The functions that a recipe's `augmentation` names.

    Raises:
        ValueError: Unknown name or parameter.
    """
    made = []
    for component in components:
        if component.name not in AUGMENTATIONS:
            raise ValueError(
                f"`augmentation` must name known ones. "
                f"{nearest(component.name, AUGMENTATIONS)} Received: {component.name!r}"
            )
        try:
            made.append(AUGMENTATIONS[component.name](**component.params))
        except TypeError as error:
            raise ValueError(
                f"`augmentation` {component.name}: {error}. "
                f"Received: {component.params}"
            ) from error
    return made
