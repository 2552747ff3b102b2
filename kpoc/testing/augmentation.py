"""What every augmentation promises."""

from __future__ import annotations

import cv2
import keras
import numpy as np

from kpoc.augmentation.chain import make_augmentations
from kpoc.augmentation.definition import AUGMENTATIONS
from kpoc.augmentation.opencv import augment
from kpoc.ground.schema import Component
from kpoc.layers import Augmentations
from kpoc.testing.promises import expect

_ROWS, _SIZE = 8, (16, 20)


def check_augmentation(name: str, **parameters: object) -> None:
    """Checks what batches and layers rely on.

    The augmentation

    - draws as many numbers as it says, and changes some of a few smooth pictures;
    - makes of a picture what the seed, the epoch and the row say, whatever the other
      pictures of the batch are;
    - is to a grey level the same by OpenCV and as a Keras layer.

    Args:
        name: The augmentation's, as it was registered.
        **parameters: As in a recipe; such that it does something.

    Raises:
        AssertionError: A promise is broken; says which.

    Example:
        >>> check_augmentation("random_flip", p=0.5)
    """
    kind = AUGMENTATIONS.get(name)
    component = Component(name=name, **parameters)
    chain = make_augmentations([component])
    [augmentation] = chain.augmentations
    expect(type(augmentation) is kind, f"{name} must be made of its own class")
    images, rows, when = _pictures(), np.arange(_ROWS), {"seed": 1, "epoch": 2}
    made = augment(images, chain, rows, size=_SIZE, **when)
    expect(
        made.shape == (_ROWS, *_SIZE, 3) and made.dtype == np.uint8,
        f"{name} must give pictures (B, H, W, 3), uint8",
    )
    expect((made != images).any(), f"{name} must do something with these parameters")
    alone = augment(images[3:4], chain, rows[3:4], size=_SIZE, **when)
    expect(
        np.array_equal(alone[0], made[3]),
        f"{name} must make of a picture the same in any batch",
    )
    draws = chain.draws(rows, **when)[0]
    expect(draws.shape == (_ROWS, kind.draws), f"{name} must draw {kind.draws} numbers")
    layer = Augmentations([component.model_dump()], size=_SIZE)
    layered = keras.ops.convert_to_numpy(
        layer(images, training=True, draws=draws.astype("float32"))
    )
    apart = np.abs(layered.astype(int) - made).max()
    expect(apart <= 1, f"{name} must be the same as a layer: it is {apart} levels off")


def _pictures() -> np.ndarray:
    small = np.random.default_rng(0).uniform(20, 235, (_ROWS, 5, 5, 3))
    large = [cv2.resize(picture, _SIZE[::-1]) for picture in small]
    return np.round(large).astype("uint8")
