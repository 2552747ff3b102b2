"""The encoder: taken out of models, at other sizes, handed on."""

import doctest
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers

from kpoc import models
from kpoc.models import Encoder, encoder, get_backbone, heads_of, layout
from kpoc.models.vit.positions import bicubic_matrix
from kpoc.recipe import load_recipe

TINY_VIT = Path(__file__).parents[1] / "reference" / "hf_vit_tiny"
RECIPE = load_recipe(
    "portraits/baseline",
    {"image_size": 32, "model.options": {"width": 4, "stages": 2, "units": 8}},
)


def images(side, count=2):
    return np.random.default_rng(1).integers(0, 256, (count, side, side, 3), "uint8")


def stirred(model):
    """The model with no weight left at a constant."""
    rng = np.random.default_rng(0)
    for weight in model.weights:
        weight.assign(weight + rng.uniform(0.0, 0.2, weight.shape))
    return model


def test_a_mobilenet_at_another_size_is_keras_own_built_there():
    # at 100 sides are odd on the way (25, 13), where Keras pads otherwise than at 96
    encoder = Encoder(stirred(get_backbone("mobilenet_v2").build(96, alpha=0.35)))
    theirs = keras.applications.MobileNetV2(
        input_shape=(100, 100, 3), include_top=False, weights=None, alpha=0.35
    )
    theirs.set_weights(encoder.backbone.layers[-1].get_weights())
    batch = images(100)
    expected = np.mean(theirs(batch / np.float32(127.5) - 1), axis=(1, 2))
    np.testing.assert_allclose(
        encoder.at(100).features(batch), expected, rtol=1e-5, atol=1e-5
    )


def test_a_small_cnn_at_another_size_is_the_same_kernels_everywhere():
    encoder = Encoder(
        stirred(get_backbone("small_cnn").build(32, width=4, stages=2, units=8))
    )
    x = inputs = keras.Input((48, 48, 3))
    x = layers.Rescaling(1 / 127.5, -1.0)(x)
    for channels in (4, 8):
        x = layers.Conv2D(channels, 3, 2, padding="same", use_bias=False)(x)
        x = layers.ReLU()(layers.BatchNormalization()(x))
    x = layers.Conv2D(8, 8, activation="relu")(x)
    plain = keras.Model(inputs, layers.GlobalAveragePooling2D()(x))
    plain.set_weights(encoder.backbone.get_weights())
    batch = images(48)
    np.testing.assert_allclose(
        encoder.at(48).features(batch), plain(batch), rtol=1e-5, atol=1e-5
    )


def test_a_vit_at_another_size_has_its_positions_interpolated():
    options = {"patch_size": 8, "width": 12, "depth": 2, "heads": 3}
    encoder = Encoder(stirred(get_backbone("vit").build(32, **options)))
    vit = encoder.backbone.get_layer("vit")
    other = models.ViT(48, **options)
    for new, old in zip(other.weights, vit.weights, strict=True):
        if new.shape == old.shape:
            new.assign(old)
    table = np.asarray(vit.positions.position_embedding)[0]
    matrix = bicubic_matrix(4, 6)
    grid = np.einsum("yr,xc,rcw->yxw", matrix, matrix, table[1:].reshape(4, 4, 12))
    table = np.concatenate([table[:1], grid.reshape(36, 12)])
    other.positions.position_embedding.assign(table[None])
    batch = images(48)
    np.testing.assert_allclose(
        encoder.at(48).features(batch),
        other(batch / np.float32(127.5) - 1),
        atol=1e-5,
    )


def test_sizes_that_do_not_fit_are_refused_in_words():
    vit = Encoder(get_backbone("vit").build(48, str(TINY_VIT)))
    with pytest.raises(ValueError, match="multiple of 8.*such as 56 or 64.*60"):
        vit.at(60)
    inputs = keras.Input((32, 32, 3))
    x = layers.Flatten()(layers.MaxPooling2D(8)(layers.Conv2D(2, 3)(inputs)))
    bound = Encoder(keras.Model(inputs, layers.Dense(4, name="bound")(x)))
    with pytest.raises(ValueError, match=r"must be 32.*\(18, 4\).*\(50, 4\)"):
        bound.at(48)
    small = Encoder(get_backbone("small_cnn").build(32, stages=2))
    with pytest.raises(ValueError, match="must be 32 for this small_cnn.*: 16"):
        small.at(16)
    with pytest.raises(ValueError, match="at least 16"):
        small.at(8)


def test_the_encoder_of_a_model_gives_what_its_heads_see(tmp_path):
    model = stirred(models.build(RECIPE.model, RECIPE.task, 32))
    core = model.get_layer("core")
    [pooling] = (x for x in core.layers if "pooling" in x.name)
    pooled = pooling.output
    batch = images(32, 3)
    expected = np.asarray(keras.Model(core.input, pooled)(batch))
    encoder = Encoder.of(model)
    assert (encoder.name, encoder.image_size) == ("small_cnn", 32)
    np.testing.assert_allclose(encoder.features(batch), expected, atol=1e-6)
    larger, outputs = images(50, 3), model(images(50, 3))
    for name, values in heads_of(model)(encoder.features(larger)).items():
        np.testing.assert_allclose(values, outputs[name], rtol=1e-5, atol=1e-5)

    # as run models were saved before backbones had names
    core.layers[2].name = "functional_7"
    model.save(tmp_path / "model.keras")
    again = Encoder.load(tmp_path / "model.keras")
    assert again.name is None and again.backbone.name == "functional_7"
    np.testing.assert_allclose(again.features(batch), expected, atol=1e-6)


def test_paddings_of_an_unnamed_network_are_not_guessed():
    inputs = keras.Input((32, 32, 3))
    padded = layers.ZeroPadding2D(((0, 1), (0, 1)))(inputs)
    inner = keras.Sequential([layers.Conv2D(2, 3, 2)], name="inner")
    network = keras.Model(inputs, inner(layers.Conv2D(2, 3, 2)(padded)))
    with pytest.raises(ValueError, match="`name` of the encoder must be given"):
        Encoder(network).at(33)
    larger = Encoder(network).at(64)
    assert larger.backbone.output_shape == (None, 15, 15, 2)
    assert larger.maps.layer.startswith("inner/conv2d")

    def padding(name):
        return Encoder(network, name).at(33).backbone.layers[1].padding

    assert padding("mobilenet_v2") == ((1, 1), (1, 1))
    assert padding("mobilenet") == ((0, 1), (0, 1))


def test_weights_are_copied_to_the_same_architecture_alone():
    def built(width=4, backbone="small_cnn", **options):
        options |= {"width": width} if backbone == "small_cnn" else {}
        change = {"model.backbone": backbone, "model.options": options}
        recipe = load_recipe(RECIPE, change)
        return models.build(recipe.model, recipe.task, 32)

    encoder = Encoder.of(stirred(built()))
    other = built()
    head = np.asarray(other.get_layer("core").get_layer("age").kernel)
    encoder.copy_to(other)
    batch = images(32)
    np.testing.assert_array_equal(
        Encoder.of(other).features(batch), encoder.features(batch)
    )
    np.testing.assert_array_equal(other.get_layer("core").get_layer("age").kernel, head)
    with pytest.raises(ValueError, match=r"\(3, 3, 3, 4\) here.*\(3, 3, 3, 6\) there"):
        encoder.copy_to(built(6))
    with pytest.raises(ValueError, match="tensors here"):
        encoder.copy_to(built(stages=3))
    keras_padded = Encoder.of(built(backbone="mobilenet_v3_small", alpha=0.35))
    options = {"alpha": 0.35, "padding": "symmetric"}
    with pytest.raises(ValueError, match="`other` must have the architecture"):
        keras_padded.copy_to(built(backbone="mobilenet_v3_small", **options))


def test_images_that_are_scaled_otherwise_are_not_the_same_encoder():
    def encoder(scale):
        inputs = keras.Input((16, 16, 3))
        x = layers.Conv2D(2, 3)(layers.Rescaling(scale)(inputs))
        return Encoder(keras.Model(inputs, x))

    with pytest.raises(ValueError, match="scaled by.*0.5.*here.*0.25.*there"):
        encoder(0.5).copy_to(encoder(0.25))


def test_maps_of_a_nested_network_and_their_gradient():
    import tensorflow as tf

    recipe = load_recipe(
        RECIPE,
        {"model.backbone": "mobilenet_v3_small", "model.options": {"alpha": 0.35}},
    )
    model = models.build(recipe.model, recipe.task, 64)
    maps, heads = Encoder.of(model).maps, heads_of(model)
    assert (maps.kinds, maps.grid, maps.prefix) == (("features",), (2, 2), 0)
    batch = images(64)
    pixels = tf.constant(batch, "float32")
    with tf.GradientTape() as tape:
        lying = maps.first(pixels)
        tape.watch(lying)
        logits = heads(maps.rest(lying))["tribe"][:, 1]
    np.testing.assert_allclose(logits, model(batch)["tribe"][:, 1], atol=1e-5)
    gradient = tape.gradient(logits, lying)
    # the mean over the map: its gradient is the same everywhere, a share of the head's
    share = heads.get_layer("tribe").kernel[:, 1] / 4
    np.testing.assert_allclose(gradient, np.broadcast_to(share, lying.shape), atol=1e-6)


def test_maps_of_a_vit_are_those_of_its_patches():
    backbone = get_backbone("vit").build(48, str(TINY_VIT))
    maps, vit = Encoder(backbone).maps, backbone.get_layer("vit")
    assert maps.kinds == ("tokens", "attention")
    assert (maps.layer, maps.grid, maps.prefix) == ("vit/block_2", (6, 6), 1)
    pixels = images(48).astype("float32")
    states = vit.hidden_states((pixels / 255 - 0.5) / 0.5)
    np.testing.assert_allclose(maps.first(pixels), states[2], atol=1e-5)
    [*_, last] = maps.vit.attentions(maps.before_vit(pixels))
    assert last.shape[-1] == maps.prefix + 36


def test_the_map_is_the_last_one_of_some_positions():
    backbone = get_backbone("mobilenet_v3_small").build(32, alpha=0.35)
    assert backbone.output_shape[1:3] == (1, 1)
    assert Encoder(backbone).maps.grid == (2, 2)
    inputs = keras.Input((8, 8, 3))
    none = keras.Model(inputs, layers.Dense(4)(layers.Flatten()(inputs)))
    with pytest.raises(ValueError, match="feature map of more than one position"):
        _ = Encoder(none).maps


@pytest.mark.parametrize("module", [encoder, layout])
def test_examples_run(module):
    assert doctest.testmod(module).failed == 0
