"""What is done to each image of a batch, folded: the meeting point of all kinds.

However many augmentations a recipe names, an image goes through one resample, one
colour matrix, one blur and one mask, in this order. Colours count from 0 to 255.
Positions are continuous: a picture of width W spans 0..W, its first pixel's centre
lies at 0.5.

The arithmetic is written once for NumPy and `keras.ops` (`xp`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

Array = Any
Colour = tuple[float, float, float]
FINE = 2.0
"""Source pixels to one of the result from which on they are averaged first."""
EDGE = 1e-3
"""Pixels that rounding may lead outside without counting as outside."""
GREY = (0.299, 0.587, 0.114)
"""Weights of red, green and blue in a grey level (ITU-R BT.601)."""


def matrices(xp: ModuleType, rows: list[list[Array | float]]) -> Array:
    """Stacks arrays (B,), at least one, and numbers into (B, n, m)."""
    cells = [cell for row in rows for cell in row]
    zeros = next(cell for cell in cells if not isinstance(cell, float)) * 0.0
    cells = [zeros + cell if isinstance(cell, float) else cell for cell in cells]
    return xp.reshape(xp.stack(cells, axis=-1), (-1, len(rows), len(rows[0])))


def shift(xp: ModuleType, x: Array | float, y: Array | float) -> Array:
    """(B, 3, 3) that adds x and y; one of them is an array."""
    return matrices(xp, [[1.0, 0.0, x], [0.0, 1.0, y], [0.0, 0.0, 1.0]])


@dataclass(frozen=True)
class Plan:
    """A folded chain for a batch; None stands for "nothing to do".

    Attributes:
        xp: `numpy` or `keras.ops`.
        size: Height and width of what comes out.
        source: Heights and widths of the sources, (B,) each.
        height: Height of the picture as far as the plan goes, (B,).
        width: Its width, (B,).
        matrix: (B, 3, 3), takes homogeneous positions (x, y, 1) in that picture to
            positions in the source.
        gain: (B, 3, 3): colour c becomes gain c + of_mean m, with m the mean colour
            after the resample.
        of_mean: (B, 3, 3), see `gain`.
        sigma: Standard deviation of the blur in pixels, (B,); 0 for none.
        kernel: Side of the blur's kernel in pixels, odd.
        threshold: Levels from here up are inverted, (B,); above 255 for none.
        boxes: Boxes to cover, each (B, 4) with top, left, height (0 for none) and
            width, and with the colour of the cover.
    """

    xp: ModuleType
    size: tuple[int, int]
    source: tuple[Array, Array]
    height: Array
    width: Array
    matrix: Array | None = None
    gain: Array | None = None
    of_mean: Array | None = None
    sigma: Array | None = None
    kernel: int = 1
    threshold: Array | None = None
    boxes: tuple[tuple[Array, Colour], ...] = ()

    def moved(self, matrix: Array) -> Plan:
        """Adds a change of geometry within the same frame.

        Args:
            matrix: (B, 3, 3), takes new positions to old ones.
        """
        if self.matrix is not None:
            matrix = self.xp.matmul(self.matrix, matrix)
        return replace(self, matrix=matrix)

    def moved_about_centre(self, matrix: Array) -> Plan:
        """Adds a change of geometry whose origin is the picture's centre."""
        xp, x, y = self.xp, self.width / 2, self.height / 2
        matrix = xp.matmul(xp.matmul(shift(xp, x, y), matrix), shift(xp, -x, -y))
        return self.moved(matrix)

    def cropped(self, top: Array, left: Array, height: Array, width: Array) -> Plan:
        """Takes a part of the picture and brings it to the size of what comes out."""
        xp, (new_height, new_width) = self.xp, self.size
        matrix = matrices(
            xp,
            [
                [width / new_width, 0.0, left],
                [0.0, height / new_height, top],
                [0.0, 0.0, 1.0],
            ],
        )
        ones = width * 0.0 + 1.0
        return replace(
            self.moved(matrix), height=ones * new_height, width=ones * new_width
        )

    def resized(self) -> Plan:
        """Brings the whole picture to the size of what comes out."""
        nothing = self.width * 0.0
        return self.cropped(nothing, nothing, self.height, self.width)

    def recoloured(self, gain: Array, of_mean_grey: Array | float = 0.0) -> Plan:
        """Adds a linear change of colour.

        Args:
            gain: (B, 3, 3), what a colour is multiplied by.
            of_mean_grey: (B,), the share of the picture's mean grey level that is
                added to all channels.
        """
        xp = self.xp
        share = gain[:, 0, 0] * 0.0 + of_mean_grey
        # all three rows hold the share of the mean grey level
        grey = matrices(xp, [[share * weight for weight in GREY]] * 3)
        if self.gain is None:
            return replace(self, gain=gain, of_mean=grey)
        total = self.gain + self.of_mean
        of_mean = xp.matmul(gain, self.of_mean) + xp.matmul(grey, total)
        return replace(self, gain=xp.matmul(gain, self.gain), of_mean=of_mean)

    def blurred(self, sigma: Array, kernel: int) -> Plan:
        """Blurs by a Gaussian with standard deviation `sigma` (B,), cut to `kernel`."""
        return replace(self, sigma=sigma, kernel=kernel)

    def solarized(self, threshold: Array) -> Plan:
        """Inverts the levels from `threshold` (B,) up."""
        return replace(self, threshold=threshold)

    def erased(
        self, top: Array, left: Array, height: Array, width: Array, value: Colour
    ) -> Plan:
        """Adds a box (whole numbers, (B,) each) to cover with `value`."""
        box = self.xp.stack([top, left, height, width], axis=-1)
        return replace(self, boxes=(*self.boxes, (box, value)))

    def pixel_matrix(self) -> Array:
        """`matrix` between pixel numbers, whose whole numbers are pixels' centres."""
        half = self.width * 0.0 + 0.5
        centres = self.xp.matmul(self.matrix, shift(self.xp, half, half))
        return self.xp.matmul(shift(self.xp, -half, -half), centres)

    def fineness(self) -> Array:
        """Source pixels to one of the result, in the direction with fewest, (B,).

        At the centre: the smaller singular value of the map's derivative there.
        """
        xp, matrix, (height, width) = self.xp, self.matrix, self.size
        centre = matrix[:, :, 0] * (width / 2) + matrix[:, :, 1] * (height / 2)
        centre = centre + matrix[:, :, 2]
        place, depth = centre[:, :2, None] / centre[:, 2:, None], centre[:, 2:, None]
        change = (matrix[:, :2, :2] - place * matrix[:, 2:, :2]) / depth
        a, b, c, d = (change[:, i, j] for i in (0, 1) for j in (0, 1))
        # half the sum and half the difference of these are the singular values
        turned = xp.sqrt(xp.square(a + d) + xp.square(b - c))
        mirrored = xp.sqrt(xp.square(a - d) + xp.square(b + c))
        return xp.abs(turned - mirrored) / 2

    def stays_inside(self) -> Array:
        """Which pictures read no pixel outside of their source, (B,)."""
        height, width = self.source
        rows, columns = self.size
        inside = self.matrix[:, 2, 2] > 0.0
        # a projective map takes a rectangle's inside to that of its corners' images
        for x in (0.5, columns - 0.5):
            for y in (0.5, rows - 0.5):
                at = self.matrix[:, :, 0] * x + self.matrix[:, :, 1] * y
                at = at + self.matrix[:, :, 2]
                right, down = at[:, 0] / at[:, 2], at[:, 1] / at[:, 2]
                inside = (
                    inside & (at[:, 2] > 0.0) & (right > -EDGE) & (right < width + EDGE)
                )
                inside = inside & (down > -EDGE) & (down < height + EDGE)
        return inside

    def part(self) -> tuple[Array, Array]:
        """What is an upright part of whole pixels, at most mirrored.

        Returns:
            (B, 4) top, left, bottom, right of the part, top > bottom or left > right
            if it is mirrored; and (B,), which pictures are such a part. These read
            nothing beyond the part, not even to interpolate at its edge.
        """
        xp, matrix = self.xp, self.matrix
        left, top = matrix[:, 0, 2], matrix[:, 1, 2]
        right = left + matrix[:, 0, 0] * self.size[1]
        bottom = top + matrix[:, 1, 1] * self.size[0]
        corners = xp.stack([top, left, bottom, right], axis=-1)
        whole = xp.abs(corners - xp.round(corners)) < EDGE
        upright = (matrix[:, 0, 1] == 0.0) & (matrix[:, 1, 0] == 0.0)
        upright = upright & (matrix[:, 2, 0] == 0.0) & (matrix[:, 2, 1] == 0.0)
        upright = upright & (matrix[:, 2, 2] == 1.0) & xp.all(whole, axis=-1)
        return xp.round(corners), upright
