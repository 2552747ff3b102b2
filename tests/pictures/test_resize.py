"""The resize in NumPy against TensorFlow's, bit for bit."""

import numpy as np
import pytest
import tensorflow as tf

from kpoc.pictures.resize import to_size


def tensorflows(image, size):
    resized = tf.image.resize(tf.cast(image, tf.float32), (size, size), antialias=True)
    return tf.cast(tf.clip_by_value(tf.round(resized), 0, 255), tf.uint8).numpy()


@pytest.mark.parametrize("size", [50, 64, 96, 100, 128, 160, 200, 224])
def test_faces_of_200_pixels(size):
    # whole fractions, at which halves of a grey level are frequent
    image = np.random.default_rng(size).integers(0, 256, (200, 200, 3), "uint8")
    np.testing.assert_array_equal(to_size(image, size), tensorflows(image, size))


def test_any_sizes():
    rng = np.random.default_rng(1)
    for _ in range(60):
        height, width, size = (int(n) for n in rng.integers(1, 300, 3))
        image = rng.integers(0, 256, (height, width, 3), "uint8")
        np.testing.assert_array_equal(to_size(image, size), tensorflows(image, size))
