"""The fused batch norm against numpy, against Keras' own, and inside saved models."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kpoc import models
from kpoc.models import BatchNormalization, fuse_batch_norms
from kpoc.models.loading import load

# of channels: gamma and beta, and what the gradient of the outputs is multiplied with
GAMMA = np.array([0.5, -1.5, 2.0])
BETA = np.array([0.1, 0.0, -3.0])


def training_step(layer, x, upstream):
    """Outputs, moving statistics, gradients of the input and of what is learnt."""
    layer.build(x.shape)
    learnt = [v for v in (layer.gamma, layer.beta) if v is not None]
    for variable, value in ((layer.gamma, GAMMA), (layer.beta, BETA)):
        if variable is not None:
            variable.assign(value)
    x = tf.constant(x, "float32")
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = layer(x, training=True)
        loss = tf.reduce_sum(y * tf.cast(upstream, y.dtype))
    gradients = tape.gradient(loss, [x, *(v.value for v in learnt)])
    found = [y, layer.moving_mean, layer.moving_variance, *gradients]
    return [np.asarray(value, "float64") for value in found]


def by_hand(x, upstream, momentum, epsilon):
    """The same in float64, by algorithm 1 of the paper and the chain rule below it."""
    axes, count = (0, 1, 2), x[..., 0].size
    mean, variance = x.mean(axes), x.var(axes)
    scale = 1 / np.sqrt(variance + epsilon)
    normal = (x - mean) * scale
    d_gamma, d_beta = (upstream * normal).sum(axes), upstream.sum(axes)
    d_x = GAMMA * scale * (upstream - d_beta / count - normal * d_gamma / count)
    moving = (1 - momentum) * mean, momentum + (1 - momentum) * variance
    return [GAMMA * normal + BETA, *moving, d_x, d_gamma, d_beta]


@pytest.fixture
def numbers():
    rng = np.random.default_rng(0)
    return rng.normal(3, 2, (4, 5, 6, 3)), rng.normal(size=(4, 5, 6, 3))


def test_a_training_step_agrees_with_numpy(numbers):
    layer = BatchNormalization(momentum=0.9, epsilon=0.01)
    expected = by_hand(*numbers, momentum=0.9, epsilon=0.01)
    for ours, theirs in zip(training_step(layer, *numbers), expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=2e-5)


@pytest.mark.parametrize(
    ("shape", "options"),
    [
        ((1, 1, 1, 3), {}),
        ((2, 4, 4, 3), {"scale": False}),
        ((2, 4, 4, 3), {"center": False}),
        ((2, 4, 4, 3), {"axis": 3}),
        ((2, 4, 4, 3), {"dtype": "mixed_bfloat16"}),
        ((2, 4, 4, 3), {"dtype": "bfloat16"}),
        ((2, 4, 4, 3), {"dtype": "float64"}),
        ((2, 3, 4, 4), {"axis": 1}),
        ((8, 3), {}),
        ((2, 4, 4, 3), {"renorm": True}),
    ],
)
def test_agrees_with_the_layer_of_keras(shape, options):
    rng = np.random.default_rng(1)
    x, upstream = rng.normal(size=(2, *shape))
    # bfloat16 keeps 8 bits
    close = {"rtol": 2**-7} if "dtype" in options else {"rtol": 1e-4}
    ours, theirs = (
        training_step(layer(**options), x, upstream)
        for layer in (BatchNormalization, keras.layers.BatchNormalization)
    )
    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine, other, **close, atol=1e-4)


@pytest.mark.parametrize("xla", [False, True])
def test_channels_far_from_zero_keep_their_variance(xla):
    x = np.random.default_rng(6).normal(3000, 1, (16, 8, 8, 2)).astype("float32")
    layer = BatchNormalization(momentum=0.0)
    model = keras.Sequential([keras.Input((8, 8, 2)), layer])
    model.compile("sgd", "mse", jit_compile=xla)
    model.train_on_batch(x, x)
    expected = x.astype("float64").var((0, 1, 2))
    np.testing.assert_allclose(layer.moving_variance, expected, rtol=1e-3)


def test_inference_and_a_frozen_layer_use_the_moving_statistics():
    x = np.random.default_rng(2).normal(5, 1, (2, 3, 3, 3)).astype("float32")
    layer = BatchNormalization(epsilon=0.0)
    for training in (False, True):
        np.testing.assert_allclose(layer(x, training=training), x, rtol=1e-6)
        layer.trainable = False
        assert (np.asarray(layer.moving_mean) == 0).all()


def test_a_fitted_model_is_the_one_that_keras_own_layers_give():
    rng = np.random.default_rng(3)
    images = rng.uniform(0, 255, (16, 32, 32, 3)).astype("float32")
    answers = rng.integers(0, 2, 16)

    def fitted(build):
        keras.utils.set_random_seed(0)
        images_of = build(32, width=4)
        x = keras.layers.GlobalAveragePooling2D()(images_of.output)
        model = keras.Model(images_of.input, keras.layers.Dense(2)(x))
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(keras.optimizers.SGD(0.01), loss, jit_compile=False)
        losses = model.fit(images, answers, 8, 3, verbose=0, shuffle=False).history
        return losses["loss"], model.get_weights()

    registered = models.get_backbone("small_cnn").build
    fused = [type(layer).__module__ for layer in registered(32, width=4).layers]
    assert fused.count("kpoc.models.batch_norm") == 4
    ours, theirs = fitted(registered), fitted(registered.__wrapped__)
    np.testing.assert_allclose(ours[0], theirs[0], rtol=1e-4)
    for mine, other in zip(ours[1], theirs[1], strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-3, atol=1e-4)


def test_subclasses_stay_what_they_are_and_nested_layers_are_found():
    class Own(keras.layers.BatchNormalization):
        pass

    inner = keras.Sequential([keras.layers.BatchNormalization(), Own()])
    found = fuse_batch_norms(keras.Sequential([inner]))
    assert [type(layer) for layer in found.layers[0].layers] == [
        BatchNormalization,
        Own,
    ]


def test_weight_files_and_saved_models_go_both_ways(tmp_path):
    def made(layer):
        return keras.Sequential([keras.Input((4, 4, 3)), layer(), layer()])

    plain, fused = made(keras.layers.BatchNormalization), made(BatchNormalization)
    x = np.random.default_rng(4).normal(size=(2, 4, 4, 3)).astype("float32")
    plain(x, training=True)
    plain.save_weights(tmp_path / "plain.weights.h5")
    fused.load_weights(tmp_path / "plain.weights.h5")
    np.testing.assert_array_equal(fused(x), plain(x))
    fused.save_weights(tmp_path / "fused.weights.h5")
    made(keras.layers.BatchNormalization).load_weights(tmp_path / "fused.weights.h5")
    fused.save(tmp_path / "fused.keras")
    again = load(tmp_path / "fused.keras")
    assert [type(layer) for layer in again.layers] == [BatchNormalization] * 2
    np.testing.assert_array_equal(again(x), plain(x))
