"""A canvas for shapes given by signed distances, with soft edges.

Only sums, products, quotients and square roots in float32 touch pixels. IEEE 754
fixes their results, so a picture is the same, bit for bit, wherever it is drawn.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

Colour = tuple[float, float, float]
Distance = Callable[[np.ndarray, np.ndarray], np.ndarray]


def mix(a: Colour, b: Colour, share: float) -> Colour:
    """The colour `share` of the way from `a` to `b`.

    Example:
        >>> mix((0, 0, 0), (100, 50, 10), 0.5)
        (50.0, 25.0, 5.0)
    """
    return tuple(x + (y - x) * share for x, y in zip(a, b, strict=True))


def ellipse(x: float, y: float, a: float, b: float, tilt: float = 0.0) -> Distance:
    """Ellipse around (x, y) with half axes a, b, turned by `tilt` radians.

    The distance is exact in sign and, near the edge, to first order.
    """
    cos, sin = math.cos(tilt), math.sin(tilt)

    def distance(u: np.ndarray, v: np.ndarray) -> np.ndarray:
        du, dv = u - x, v - y
        p, q = (cos * du + sin * dv) / a, (cos * dv - sin * du) / b
        p2, q2 = p * p, q * q
        slope = np.sqrt(p2 * (4.0 / (a * a)) + q2 * (4.0 / (b * b)))
        return (p2 + q2 - 1.0) / (slope + 1e-6)

    return distance


def box(x: float, y: float, a: float, b: float, corner: float) -> Distance:
    """Box around (x, y) with half sides a, b and corners of radius `corner`."""

    def distance(u: np.ndarray, v: np.ndarray) -> np.ndarray:
        p = np.abs(u - x) - (a - corner)
        q = np.abs(v - y) - (b - corner)
        out_p, out_q = np.maximum(p, 0.0), np.maximum(q, 0.0)
        inside = np.minimum(np.maximum(p, q), 0.0)
        return np.sqrt(out_p * out_p + out_q * out_q) + inside - corner

    return distance


def line(x0: float, y0: float, x1: float, y1: float, width: float) -> Distance:
    """Line between two points, with round ends; `width` is half of its width."""
    dx, dy = x1 - x0, y1 - y0
    length2 = dx * dx + dy * dy + 1e-9

    def distance(u: np.ndarray, v: np.ndarray) -> np.ndarray:
        at = np.clip(((u - x0) * dx + (v - y0) * dy) / length2, 0.0, 1.0)
        p, q = u - (x0 + at * dx), v - (y0 + at * dy)
        return np.sqrt(p * p + q * q) - width

    return distance


def arc(x: float, y: float, half: float, bend: float, width: float) -> Distance:
    """Part of a parabola: v = y + bend (u - x)^2 for |u - x| <= half."""

    def distance(u: np.ndarray, v: np.ndarray) -> np.ndarray:
        near = np.clip(u - x, -half, half)
        p, q = u - x - near, v - (y + bend * near * near)
        slope = 2.0 * bend * near
        return np.sqrt(p * p + q * q / (1.0 + slope * slope)) - width

    return distance


def blend(first: Distance, second: Distance, share: float) -> Distance:
    """A shape `share` of the way from one to another."""
    return lambda u, v: first(u, v) * (1.0 - share) + second(u, v) * share


def both(first: Distance, second: Distance) -> Distance:
    """Where two shapes overlap."""
    return lambda u, v: np.maximum(first(u, v), second(u, v))


def any_of(*shapes: Distance) -> Distance:
    """Where at least one of some shapes is."""

    def distance(u: np.ndarray, v: np.ndarray) -> np.ndarray:
        nearest = shapes[0](u, v)
        for shape in shapes[1:]:
            nearest = np.minimum(nearest, shape(u, v))
        return nearest

    return distance


class Canvas:
    """A square picture on which shapes are painted in the coordinates of a head.

    Args:
        size: Side in pixels.
        x: Where the head's origin lies, in -1..1 from left to right.
        y: Where it lies, in -1..1 from top to bottom.
        scale: Length of the head's unit; 1 is half the picture.
        tilt: Turn of the head, radians.
    """

    def __init__(self, size: int, x: float, y: float, scale: float, tilt: float):
        at = (np.arange(size, dtype=np.float32) + 0.5) * (2.0 / size) - 1.0
        cos, sin = math.cos(tilt) / scale, math.sin(tilt) / scale
        self.size = size
        self.screen_x, self.screen_y = at[None, :], at[:, None]
        self.u = cos * (self.screen_x - x) + sin * (self.screen_y - y)
        self.v = cos * (self.screen_y - y) - sin * (self.screen_x - x)
        self.pixels = np.zeros((3, size, size), np.float32)
        self._x, self._y, self._scale, self._tilt = x, y, scale, tilt

    def _window(self, reach: tuple[float, float, float] | None) -> tuple[slice, slice]:
        """The pixels that a shape within `reach` = (u, v, radius) can touch."""
        if reach is None:
            return slice(None), slice(None)
        u, v, radius = reach
        cos, sin = math.cos(self._tilt), math.sin(self._tilt)
        x = self._x + self._scale * (cos * u - sin * v)
        y = self._y + self._scale * (sin * u + cos * v)
        far = radius * self._scale + 4.0 / self.size
        half = self.size / 2.0

        def span(centre: float) -> slice:
            low = int(math.floor((centre - far + 1.0) * half))
            high = int(math.ceil((centre + far + 1.0) * half))
            return slice(max(low, 0), max(min(high, self.size), 0))

        return span(y), span(x)

    def paint(
        self,
        shape: Distance,
        colour: Colour,
        opacity: float = 1.0,
        *,
        reach: tuple[float, float, float] | None = None,
        soft: float = 0.0,
    ) -> None:
        """Paints a shape over what is there.

        Args:
            shape: Signed distance, negative inside, in the head's coordinates.
            colour: RGB in 0..255.
            opacity: 0..1.
            reach: (u, v, radius) of a disc that holds the whole shape; saves time.
            soft: Width over which the edge fades, beside the pixel's own.
        """
        if opacity <= 0.0:
            return
        window = self._window(reach)
        edge = 2.0 / (self.size * self._scale) + soft
        cover = shape(self.u[window], self.v[window]) * (-1.0 / edge) + 0.5
        cover = np.minimum(np.maximum(cover, 0.0), 1.0) * min(opacity, 1.0)
        for channel, level in zip(self.pixels, colour, strict=True):
            below = channel[window]
            below += (level - below) * cover

    def to_uint8(self) -> np.ndarray:
        """The picture as RGB bytes, shape (size, size, 3)."""
        bytes_ = (np.clip(self.pixels, 0.0, 255.0) + 0.5).astype(np.uint8)
        return np.ascontiguousarray(bytes_.transpose(1, 2, 0))
