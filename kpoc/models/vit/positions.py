"""Learnt positions, interpolated to any grid."""

import keras
import numpy as np
from keras import layers, ops

CUBIC = -0.75
"""The free parameter of PyTorch's bicubic kernel; Keras and tf.image use -0.5."""


def bicubic_matrix(size, new_size):
    """The linear map of a bicubic resize along one axis.

    Half-pixel centres, no antialiasing, edge values repeated: as
    `torch.nn.functional.interpolate(mode="bicubic", align_corners=False)`.

    The kernel is `(a + 2)|t|^3 - (a + 3)|t|^2 + 1` for |t| <= 1 and
    `a|t|^3 - 5a|t|^2 + 8a|t| - 4a` for 1 < |t| < 2, with a = -0.75.

    Args:
        size: Number of values.
        new_size: Number of values wanted.

    Returns:
        A float64 array `(new_size, size)` whose rows sum to 1.

    Example:
        >>> bicubic_matrix(2, 2).tolist()
        [[1.0, 0.0], [0.0, 1.0]]

    Reference:
        - [Keys, 1981](https://doi.org/10.1109/TASSP.1981.1163711), eq. 15
    """
    centres = (np.arange(new_size) + 0.5) * size / new_size - 0.5
    first = np.floor(centres).astype(int)
    matrix = np.zeros((new_size, size))
    for offset in range(-1, 3):
        taps = first + offset
        t = np.abs(centres - taps)
        inner = (CUBIC + 2) * t**3 - (CUBIC + 3) * t**2 + 1
        outer = CUBIC * (t**3 - 5 * t**2 + 8 * t - 4)
        weights = np.where(t <= 1, inner, outer)
        np.add.at(matrix, (np.arange(new_size), taps.clip(0, size - 1)), weights)
    return matrix


@keras.saving.register_keras_serializable(package="kpoc")
class PositionEmbedding(layers.Layer):
    """Adds a learnt vector to each token.

    For another grid than the native one the grid's vectors are resized by bicubic
    interpolation; those of the leading tokens (class token) stay.

    Args:
        grid: Rows and columns of the native grid.
        leading: Number of tokens before those of the grid. Defaults to 1.

    Call arguments:
        x: Tokens `(batch, leading + rows * columns, width)`.
        grid: Rows and columns of these tokens. Defaults to the native grid.
    """

    def __init__(self, grid, leading=1, **kwargs):
        super().__init__(**kwargs)
        self.grid, self.leading = tuple(grid), leading

    def build(self, input_shape):
        rows, columns = self.grid
        self.position_embedding = self.add_weight(
            shape=(1, self.leading + rows * columns, input_shape[-1]),
            initializer=keras.initializers.TruncatedNormal(stddev=0.02),
            name="position_embedding",
        )

    def table(self, grid):
        """The vectors for a grid, `(1, leading + rows * columns, width)`."""
        table = ops.convert_to_tensor(self.position_embedding)
        grid = tuple(grid)
        if grid == self.grid:
            return table
        width = table.shape[-1]
        x = ops.reshape(table[:, self.leading :], (*self.grid, width))
        down, across = (
            ops.convert_to_tensor(bicubic_matrix(old, new), dtype=x.dtype)
            for old, new in zip(self.grid, grid, strict=True)
        )
        x = ops.einsum("yr,xc,rcw->yxw", down, across, x)
        x = ops.reshape(x, (1, grid[0] * grid[1], width))
        return ops.concatenate([table[:, : self.leading], x], axis=1)

    def call(self, x, grid=None):
        return x + self.table(grid or self.grid)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "grid": self.grid, "leading": self.leading}
