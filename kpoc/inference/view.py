"""What views are: several images made of one, whose predictions are averaged.

A kind of views is a schema (its parameters, in a recipe's `inference.views`) with the
methods below, in a file of its own in `kpoc/inference/views/`. It loads no Keras: a
comparison checks its parameters before trainings.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from kpoc.ground.registry import Registry
from kpoc.ground.schema import Component, Strict, validate


class View(Strict):
    """Base of all kinds of views; the fields of a subclass are its parameters.

    Attributes:
        is_image: Whether the one view is the image as it is.
    """

    is_image: ClassVar[bool] = False

    def side(self, image_size: int) -> int:
        """Side of the images that the views are made of, in pixels.

        Args:
            image_size: What the model takes.
        """
        return image_size

    def views(self, images: np.ndarray, image_size: int) -> list[np.ndarray]:
        """The views of a batch.

        Args:
            images: uint8 (B, S, S, 3), S as `side` says.
            image_size: What the model takes.

        Returns:
            Batches of views, uint8 (B, image_size, image_size, 3) each.
        """
        raise NotImplementedError


VIEWS: Registry[type[View]] = Registry("kind of views", "kpoc.inference.views")
register_view = VIEWS.register


def make_view(asked: Component) -> View:
    """The views that `inference.views` asks for.

    Raises:
        SchemaError: No such kind, or parameters that it does not take.

    Example:
        >>> make_view(Component(name="flip")).side(224)
        224
    """
    return validate(VIEWS.get(asked.name), asked.params, f"`views` {asked.name}")
