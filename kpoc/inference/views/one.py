"""The image as it is."""

from typing import ClassVar

import numpy as np

from kpoc.inference.view import View, register_view


@register_view("one")
class One(View):
    """The image alone."""

    is_image: ClassVar[bool] = True

    def views(self, images: np.ndarray, image_size: int) -> list[np.ndarray]:
        """See `View.views`."""
        return [images]
