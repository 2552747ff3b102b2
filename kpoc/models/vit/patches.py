"""Images to tokens: one linear map of each patch."""

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable(package="kpoc")
class PatchEmbedding(layers.Layer):
    """Maps each square patch of an image to a token, row by row.

    The map is a convolution whose stride is its size; it is computed as one matrix
    product, which is faster on CPUs and the same to rounding. The kernel has a
    convolution's layout `(patch, patch, channels, width)`.

    Args:
        patch_size: Side of a patch in pixels.
        width: Length of a token.
        use_bias: Whether a bias is added. Defaults to `True`; CLIP has none.

    Input: `(batch, height, width, channels)`, static height and width that the patch
    divides. Output: `(batch, tokens, width)`.

    Raises:
        ValueError: The patch does not divide the image.

    Example:
        >>> import numpy as np
        >>> PatchEmbedding(8, width=4)(np.zeros((2, 16, 24, 3), "float32")).shape[1:]
        (6, 4)

    Reference:
        - [An Image is Worth 16x16 Words (Dosovitskiy et al., 2020)](
          https://arxiv.org/abs/2010.11929), eq. 1
    """

    def __init__(self, patch_size, width, use_bias=True, **kwargs):
        super().__init__(**kwargs)
        self.patch_size, self.width, self.use_bias = patch_size, width, use_bias

    def build(self, input_shape):
        self.grid(input_shape)
        shape = (self.patch_size, self.patch_size, input_shape[-1], self.width)
        self.kernel = self.add_weight(
            shape=shape, initializer="glorot_uniform", name="kernel"
        )
        self.bias = (
            self.add_weight(shape=(self.width,), initializer="zeros", name="bias")
            if self.use_bias
            else None
        )

    def grid(self, input_shape):
        """Rows and columns of patches of an image of this shape."""
        height, width = input_shape[1:3]
        if height is None or width is None:
            raise ValueError(
                "`images` must have a static height and width. Received: shape="
                f"{tuple(input_shape)}"
            )
        if height % self.patch_size or width % self.patch_size:
            raise ValueError(
                f"`images` must have a height and width that the patch size, "
                f"{self.patch_size}, divides. Received: {height} x {width}"
            )
        return height // self.patch_size, width // self.patch_size

    def call(self, images):
        (rows, columns), side = self.grid(images.shape), self.patch_size
        channels = images.shape[-1]
        x = ops.reshape(images, (-1, rows, side, columns, side, channels))
        x = ops.transpose(x, (0, 1, 3, 2, 4, 5))
        x = ops.reshape(x, (-1, rows * columns, side * side * channels))
        x = ops.matmul(x, ops.reshape(self.kernel, (-1, self.width)))
        return x if self.bias is None else x + self.bias

    def compute_output_shape(self, input_shape):
        rows, columns = self.grid(input_shape)
        return (input_shape[0], rows * columns, self.width)

    def get_config(self):
        return {
            **super().get_config(),
            "patch_size": self.patch_size,
            "width": self.width,
            "use_bias": self.use_bias,
        }
