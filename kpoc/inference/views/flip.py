"""The image and its mirror image."""

import numpy as np

from kpoc.inference.view import View, register_view


@register_view("flip")
class Flip(View):
    """The image, and left and right exchanged."""

    def views(self, images: np.ndarray, image_size: int) -> list[np.ndarray]:
        """See `View.views`."""
        return [images, np.ascontiguousarray(images[:, :, ::-1])]
