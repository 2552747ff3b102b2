"""Layers on every backend (see tests/backends)."""

import keras
import numpy as np

from kpoc import layers


def test_a_folded_chain_does_what_opencv_does_to_a_grey_level(smooth, unlike, chain):
    layer = layers.Augmentations(chain, size=(24, 18), views=2)
    difference = unlike(layer, smooth(8, 32, 28), (24, 18))
    assert difference.shape[:2] == (8, 2)
    assert difference.max() <= 1


def test_own_draws_follow_the_seed_and_differ_from_call_to_call(smooth, pixels):
    images = smooth(6, 8, 8)
    first, again, other = (layers.RandomErasing(p=1.0, seed=s) for s in (1, 1, 2))
    seen = [pixels(layer(images, training=True)) for layer in (first, again, other)]
    np.testing.assert_array_equal(seen[0], seen[1])
    assert (seen[0] != seen[2]).any()
    assert (pixels(first(images, training=True)) != seen[0]).any()


def test_saved_layers_come_back_and_rest_at_inference(
    tmp_path, smooth, pixels, each, chain
):
    images = smooth(2, 12, 10)
    stack = [getattr(layers, name)(**options) for name, options in each.items()]
    stack.append(layers.Augmentations([*chain, layers.RandomFlip(p=0.25)], seed=3))
    model = keras.Sequential([keras.Input((12, 10, 3), dtype="uint8"), *stack])
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    for one, two in zip(model.layers, loaded.layers, strict=True):
        assert one.get_config() == two.get_config()
        assert one.chain.augmentations == two.chain.augmentations
    np.testing.assert_array_equal(pixels(loaded(images)), images)


def test_normalize_is_what_its_words_say(smooth, pixels):
    images = smooth(2, 4, 4)
    normal = layers.Normalize(mean=(0.5, 0.4, 0.3), std=(0.2, 0.3, 0.1))
    again = layers.Normalize.from_config(normal.get_config())
    expected = (images / 255.0 - [0.5, 0.4, 0.3]) / [0.2, 0.3, 0.1]
    np.testing.assert_allclose(pixels(again(images)), expected, atol=1e-5)
