"""The encoder on each backend: at another size, divided at its map, handed on."""

import keras
import numpy as np

from kpoc.models import Encoder, get_backbone


def test_an_encoder_is_divided_and_stands_at_another_size():
    build = get_backbone("small_cnn").build
    encoder = Encoder(build(16, width=2, stages=1, units=4))
    images = np.random.default_rng(0).integers(0, 256, (2, 16, 16, 3), "uint8")
    features = encoder.features(images)
    maps = encoder.maps
    pixels = keras.ops.convert_to_tensor(images.astype("float32"))
    again = keras.ops.convert_to_numpy(maps.rest(maps.first(pixels)))
    np.testing.assert_allclose(again, features, atol=1e-6)
    other = Encoder(build(16, width=2, stages=1, units=4))
    encoder.at(24).copy_to(other)
    np.testing.assert_allclose(other.features(images), features, atol=1e-6)
