"""Layers on every backend (see tests/backends)."""

import keras
import numpy as np

from kpoc import layers


def test_a_folded_chain_does_what_opencv_does_to_a_grey_level(smooth, unlike, chain):
    layer = layers.Augmentations(chain, size=(24, 18), views=2)
    difference = unlike(layer, smooth(8, 32, 28), (24, 18))
    assert difference.shape[:2] == (8, 2)
    assert difference.max() <= 1


def _noise(count, height, width):
    # every other level far from its neighbours
    rng = np.random.default_rng(1)
    return rng.integers(0, 256, (count, height, width, 3)).astype("uint8")


def test_a_picture_made_much_smaller_is_averaged(pixels):
    images = _noise(3, 24, 36)
    for rows, columns in ((12, 18), (8, 9), (4, 12)):
        size = rows, columns
        layer = layers.RandomResizedCrop(size, scale=[1.0, 1.0], ratio=[1.5, 1.5])
        made = pixels(layer(images.astype("float32"), training=True))
        parts = images.reshape(3, rows, 24 // rows, columns, 36 // columns, 3)
        np.testing.assert_allclose(made, parts.mean(axis=(2, 4)), atol=1e-3)


def test_pictures_are_averaged_each_as_it_is_cropped(unlike, chain):
    # 1 to 6 pixels to one of the result; single ones would differ by 30 levels
    crop = {"name": "random_resized_crop", "scale": [0.05, 1.0]}
    layer = layers.Augmentations([crop], size=(10, 12), views=2)
    assert unlike(layer, _noise(8, 60, 72), (10, 12)).mean() < 4
    layer = layers.Augmentations([crop, *chain[1:5]], size=(10, 12), views=2)
    assert unlike(layer, _noise(8, 60, 72), (10, 12)).mean() < 10


def test_a_blur_may_be_wider_than_the_picture(unlike, smooth):
    for sides in ((6, 9), (1, 4), (2, 1)):
        layer = layers.GaussianBlur(kernel_size=23, sigma=(4, 9), seed=0)
        images = smooth(3, 6, 9)[:, : sides[0], : sides[1]]
        assert unlike(layer, images, sides).max() <= 1


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
