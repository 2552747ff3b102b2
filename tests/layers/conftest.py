"""What the tests of the layers share: pictures, and the two executors side by side."""

import cv2
import keras
import numpy as np
import pytest

from kpoc.augmentation.opencv import augment


@pytest.fixture
def chain():
    """A list with every kind but solarize, whose step makes one level 255."""
    return [
        {"name": "random_resized_crop", "scale": [0.3, 1.0]},
        "random_flip",
        {"name": "random_rotation", "degrees": 20},
        {"name": "random_affine", "degrees": 0, "translate": 0.1, "shear": 5},
        {"name": "random_perspective", "distortion_scale": 0.3},
        {"name": "color_jitter", "brightness": 0.3, "contrast": 0.3, "saturation": 0.3},
        {"name": "random_grayscale", "p": 0.3},
        {"name": "gaussian_blur", "kernel_size": 7, "p": 0.7},
        {"name": "random_erasing", "value": [200, 10, 10]},
    ]


@pytest.fixture
def each():
    """Parameters of each layer that make it do something."""
    jitter = {"brightness": 0.4, "contrast": 0.4, "saturation": 0.4, "hue": 0.1}
    affine = {"degrees": 10, "translate": 0.1, "scale": [0.8, 1.2], "shear": 5}
    return {
        "ColorJitter": jitter,
        "GaussianBlur": {"kernel_size": 5},
        "RandomAffine": affine,
        "RandomErasing": {"p": 1.0},
        "RandomFlip": {},
        "RandomGrayscale": {"p": 0.5},
        "RandomPerspective": {"p": 1.0},
        "RandomResizedCrop": {"size": [12, 10]},
        "RandomRotation": {"degrees": 30},
        "RandomSolarize": {"threshold": 100},
    }


def _smooth(count, height, width):
    small = np.random.default_rng(0).uniform(20, 235, (count, 5, 5, 3))
    large = [cv2.resize(picture, (width, height)) for picture in small]
    return np.round(large).astype("uint8")


@pytest.fixture
def smooth():
    """Makes pictures: smooth(count, height, width)."""
    return _smooth


@pytest.fixture
def pixels():
    """A backend's tensor as an array."""
    return keras.ops.convert_to_numpy


def _compiled(layer, images, draws):
    def call(images, draws):
        return layer(images, training=True, draws=draws)

    if keras.backend.backend() == "jax":
        import jax

        call = jax.jit(call)
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        call = tf.function(call)
    return keras.ops.convert_to_numpy(call(images, draws))


@pytest.fixture
def unlike():
    """How far a compiled layer is from OpenCV with the same draws, in grey levels."""

    def compare(layer, images, size):
        rows, views = np.arange(len(images)), layer.views
        draws = layer.chain.draws(rows, seed=1, epoch=2, views=views)
        here = _compiled(layer, images, np.concatenate(draws, axis=1).astype("float32"))
        there = augment(
            images, layer.chain, rows, size=size, seed=1, epoch=2, views=views
        )
        assert here.shape == there.shape and here.dtype == there.dtype == np.uint8
        assert (here.reshape(-1) != here.reshape(-1)[0]).any()
        return np.abs(here.astype(int) - there)

    return compare
