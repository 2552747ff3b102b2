"""Layers in Keras models: what they take, refuse, keep and learn with."""

import inspect

import keras
import numpy as np
import pytest

from kpoc import layers
from kpoc.augmentation.definition import AUGMENTATIONS
from kpoc.models import ImagesToSize
from kpoc.testing import check_augmentation

KINDS = sorted(set(layers.__all__) - {"Augmentations", "Normalize"})


@pytest.mark.parametrize("name", AUGMENTATIONS.names())
def test_an_augmentation_keeps_the_contract(name, each):
    given = dict(each.get(AUGMENTATIONS.get(name).__name__, {}))
    given.pop("size", None)
    check_augmentation(name, **given)


def test_every_augmentation_of_recipes_is_a_layer_of_that_name():
    named = {getattr(layers, kind).kind for kind in KINDS}
    assert named == {AUGMENTATIONS.get(name) for name in AUGMENTATIONS.names()}
    for name in AUGMENTATIONS.names():
        kind = AUGMENTATIONS.get(name).__name__
        assert kind.lower() == name.replace("_", "")


def test_signatures_and_words_are_those_of_the_kind():
    parameters = inspect.signature(layers.RandomResizedCrop).parameters
    assert list(parameters)[:3] == ["size", "scale", "ratio"]
    assert parameters["scale"].default == (0.08, 1.0)
    assert parameters["size"].default is inspect.Parameter.empty
    assert "log-uniform in [low, high]" in layers.RandomResizedCrop.__doc__
    assert layers.RandomFlip(0.25, "vertical").chain.augmentations[0].p == 0.25


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: layers.RandomFlip(q=1), "`q` is not a known key"),
        (lambda: layers.RandomFlip(size=8), "layer RandomFlip has no `size`"),
        (lambda: layers.RandomResizedCrop(), "layer RandomResizedCrop needs `size`"),
        (lambda: layers.RandomResizedCrop(0), "`size` must be.*Received: 0"),
        (lambda: layers.ColorJitter(contrast=[1, 2, 3]), "`contrast`: must be"),
        (lambda: layers.RandomFlip(views=0), "`views` must be 1 or more"),
        (lambda: layers.RandomFlip(value_range=(1, 1)), "`value_range`.*low < high"),
        (lambda: layers.Augmentations(["flip"]), "random_flip"),
        (lambda: layers.Augmentations([]), "at least one"),
        (lambda: layers.Normalize(std=(1, 0, 1)), "`std`"),
        (lambda: layers.Normalize(value_range=(0, 0)), "`value_range`.*low < high"),
        (lambda: layers.RandomResizedCrop(8.0), "`size` must be.*Received: 8.0"),
        (lambda: layers.Normalize()(np.zeros((2, 2, 1))), "must have 3 channels"),
    ],
)
def test_bad_parameters_are_named(make, words):
    with pytest.raises(ValueError, match=words):
        make()


def test_images_are_channels_last_whatever_keras_is_set_to():
    before = keras.config.image_data_format()
    keras.config.set_image_data_format("channels_first")
    try:
        found = layers.RandomResizedCrop(np.int64(8))(np.zeros((2, 16, 12, 3)))
    finally:
        keras.config.set_image_data_format(before)
    assert tuple(found.shape) == (2, 8, 8, 3)


def test_a_layer_may_be_told_the_shape_of_its_input():
    with pytest.warns(UserWarning, match="an `Input"):
        model = keras.Sequential([layers.RandomFlip(input_shape=(8, 8, 3))])
    assert model.built and model.output_shape == (None, 8, 8, 3)


def test_images_must_be_rgb_and_draws_as_many_as_said():
    with pytest.raises(ValueError, match="3 channels"):
        layers.RandomFlip()(np.zeros((1, 4, 4, 1)), training=True)
    with pytest.raises(ValueError, match="`draws` must have 23 numbers"):
        images = np.zeros((1, 4, 4, 3))
        layers.RandomErasing()(images, training=True, draws=np.zeros((1, 5)))


@pytest.mark.parametrize("name", ["RandomAffine", "ColorJitter", "RandomErasing"])
def test_floats_keep_their_range_and_their_fractions(name, each, smooth, pixels):
    images = smooth(4, 10, 12)
    on_levels = getattr(layers, name)(**each[name])
    on_floats = getattr(layers, name)(**each[name], value_range=(-1, 1))
    draws = np.random.default_rng(0).random((4, on_levels.draws), "float32")
    whole = pixels(on_levels(images, training=True, draws=draws))
    floats = (images / 127.5 - 1.0).astype("float32")
    seen = pixels(on_floats(floats, training=True, draws=draws))
    assert seen.dtype == np.float32 and whole.dtype == np.uint8
    # half a level by rounding, where there was anything to round
    assert np.abs((seen + 1.0) * 127.5 - whole).max() < 0.502


def test_one_image_and_inference_at_the_layers_size(smooth, pixels):
    image = smooth(1, 10, 12)[0]
    erasing = layers.RandomErasing(p=1.0)
    assert (pixels(erasing(image, training=True)) != image).any()
    np.testing.assert_array_equal(pixels(erasing(image)), image)
    rest = pixels(layers.RandomResizedCrop(8, views=2)(image[None]))
    assert rest.shape == (1, 2, 8, 8, 3)
    served = pixels(ImagesToSize(8)(image[None]))
    np.testing.assert_array_equal(rest[:, 1], served)


@pytest.mark.skipif(
    keras.backend.backend() == "jax", reason="Keras traces all steps there"
)
def test_training_sees_other_images_each_epoch_and_inference_the_given_ones():
    seen = []

    class Watch(keras.layers.Layer):
        def call(self, images):
            if not keras.backend.is_keras_tensor(images):
                seen.append(keras.ops.convert_to_numpy(images))
            return images

    model = keras.Sequential(
        [
            keras.Input((6, 6, 3)),
            layers.RandomErasing(p=1.0, seed=0),
            Watch(),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(1),
        ]
    )
    model.compile("sgd", "mse", run_eagerly=True)
    images = np.full((4, 6, 6, 3), 9.0, "float32")
    model.fit(images, np.arange(4.0), epochs=2, batch_size=4, verbose=0)
    first, second = seen[-2:]
    assert (first != images).any() and (first != second).any()
    model.predict(images, verbose=0)
    np.testing.assert_array_equal(seen[-1], images)
