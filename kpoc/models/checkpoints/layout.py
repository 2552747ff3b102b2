"""Tensors of PyTorch's layout to Keras' and back."""

import numpy as np


def to_keras(path, arrays):
    """One of our tensors from one or several of theirs.

    A convolution's `(out, in, h, w)` becomes `(h, w, in, out)`, a dense layer's
    `(out, in)` becomes `(in, out)`; several stand one after the other along the last
    axis; anything else keeps its numbers and may get axes of length 1.
    """
    return np.concatenate([_one_to_keras(path, a) for a in arrays], axis=-1)


def _one_to_keras(path, array):
    if path.endswith("/kernel"):
        return array.transpose(2, 3, 1, 0) if array.ndim == 4 else array.T
    return array


def to_torch(path, array, parts):
    """Our tensor as `parts` tensors of PyTorch's layout."""
    return [_one_to_torch(path, a) for a in np.split(array, parts, axis=-1)]


def _one_to_torch(path, array):
    if path.endswith("/kernel"):
        array = array.transpose(3, 2, 0, 1) if array.ndim == 4 else array.T
    return np.ascontiguousarray(array)


def expected_shape(path, shape, parts):
    """The shape of each of `parts` tensors in PyTorch's layout."""
    *rest, last = shape
    shape = (*rest, last // parts)
    if path.endswith("/kernel"):
        return (shape[3], shape[2], *shape[:2]) if len(shape) == 4 else shape[::-1]
    return shape
