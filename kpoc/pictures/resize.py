"""Resizing as TensorFlow does it, antialiased, in NumPy.

`tf.image.resize(..., antialias=True)`: a separable triangle filter, as wide as one
pixel of the result where the picture becomes smaller. The order of all float32
operations is that of TensorFlow's kernel (`ScaleAndTranslate` on a CPU), so that the
result is the same bit for bit where its compiler fuses none of them, as on x86.
"""

from __future__ import annotations

import functools

import numpy as np

_ONE, _HALF = np.float32(1.0), np.float32(0.5)


def to_size(image: np.ndarray, image_size: int) -> np.ndarray:
    """Resizes an image as `kpoc.models.ImagesToSize` does.

    Args:
        image: uint8 RGB, (H, W, 3).
        image_size: Side of the result, S, in pixels.

    Returns:
        (S, S, 3) uint8, rounded to the nearest grey level, halves to even.

    Example:
        >>> to_size(np.full((5, 7, 3), 9, np.uint8), 2)[0].tolist()
        [[9, 9, 9], [9, 9, 9]]
    """
    height, width, channels = image.shape
    if height == width == image_size:
        return image
    rows = _gather(image.reshape(height, -1).astype(np.float32), image_size)
    columns = rows.reshape(image_size, width, channels).swapaxes(0, 1)
    columns = _gather(columns.reshape(width, -1), image_size)
    np.clip(np.rint(columns, out=columns), 0.0, 255.0, out=columns)
    pixels = columns.astype(np.uint8).reshape(image_size, image_size, channels)
    return np.ascontiguousarray(pixels.swapaxes(0, 1))


def _gather(lines: np.ndarray, size: int) -> np.ndarray:
    """Weighted sums of the lines of (n, m), as (size, m) float32."""
    sources, weights = _spans(len(lines), size)
    total = np.take(lines, sources[0], axis=0)
    total *= weights[0][:, None]
    part = np.empty_like(total)
    for source, weight in zip(sources[1:], weights[1:], strict=True):
        np.take(lines, source, axis=0, out=part, mode="clip")
        part *= weight[:, None]
        total += part
    return total


@functools.lru_cache(maxsize=256)
def _spans(length: int, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Lines that make up each line of the result, and their weights; (k, size)."""
    inverse = _ONE / (np.float32(size) / np.float32(length))
    reach = max(inverse, _ONE)
    centres = (np.arange(size, dtype=np.float32) + _HALF) * inverse
    first = np.ceil(centres - reach - _HALF).astype(int).clip(0, length - 1)
    last = np.floor(centres + reach - _HALF).astype(int).clip(0, length - 1)
    sources = first + np.arange((last - first).max() + 1)[:, None]
    distances = np.abs((sources.astype(np.float32) + _HALF - centres) * (_ONE / reach))
    weights = np.maximum(_ONE - distances, np.float32(0.0))
    weights[sources > last] = 0.0
    # added up one after the other, as TensorFlow does
    total = functools.reduce(np.add, weights)
    return np.minimum(sources, length - 1), weights * (_ONE / total)
