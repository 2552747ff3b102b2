"""The native ViT against numbers of Hugging Face's, and its own promises."""

import json
from pathlib import Path

import keras
import numpy as np
import pytest

from kpoc.models import ViT
from kpoc.models.loading import load
from kpoc.models.vit import StochasticDepth, variant
from kpoc.models.vit.positions import bicubic_matrix

REFERENCE = Path(__file__).parents[1] / "reference"
SMALL = {"patch_size": 8, "width": 12, "depth": 2, "heads": 3}


def nhwc(array):
    return np.ascontiguousarray(array.transpose(0, 2, 3, 1))


def assert_close(actual, expected, atol=1e-5):
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(actual), expected, rtol=1e-5, atol=atol
    )


@pytest.fixture(scope="module")
def classifier():
    return ViT.from_huggingface(REFERENCE / "hf_vit_tiny")


@pytest.fixture(scope="module")
def vectors():
    return np.load(REFERENCE / "hf_vit_classifier.npz")


def test_logits_hidden_states_and_attentions_are_hugging_faces(classifier, vectors):
    images = nhwc(vectors["pixel_values"])
    assert_close(classifier(images), vectors["logits"])
    assert_close(classifier.tokens(images), vectors["last_hidden_state"])
    for ours, theirs in zip(
        classifier.hidden_states(images),
        vectors["hidden_states_pre_final_norm"],
        strict=True,
    ):
        assert_close(ours, theirs)
    attentions = classifier.attentions(images)
    for ours, theirs in zip(attentions, vectors["attentions"], strict=True):
        assert_close(ours, theirs)
        assert_close(np.sum(ours, axis=-1), np.ones(theirs.shape[:-1]))


def test_double_precision_is_as_exact_as_keras_attention(vectors):
    # which takes its softmax in float32, whatever the dtype
    vit = ViT.from_huggingface(REFERENCE / "hf_vit_tiny", dtype="float64")
    images = nhwc(vectors["pixel_values"]).astype("float64")
    logits = keras.ops.convert_to_numpy(vit(images))
    np.testing.assert_allclose(logits, vectors["logits_f64"], atol=5e-7)


@pytest.mark.parametrize("case", ["interp0", "interp1"])
def test_other_sizes_interpolate_positions_as_pytorch_does(classifier, vectors, case):
    images = nhwc(vectors[f"{case}__pixel_values"])
    grid = classifier.patches.grid(images.shape)
    assert_close(
        classifier.positions.table(grid), vectors[f"{case}__position_embeddings"]
    )
    assert_close(classifier(images), vectors[f"{case}__logits"])
    rows = vectors[f"{case}__last_attention"]
    last = classifier.attentions(images)[-1][:, :, : rows.shape[2]]
    assert_close(last, rows)


def test_a_resized_vit_is_native_at_the_other_size(classifier, vectors):
    images = nhwc(vectors["interp0__pixel_values"])
    resized = classifier.resized(images.shape[1:3])
    assert resized.config["image_size"] == list(images.shape[1:3])
    assert_close(resized(images), vectors["interp0__logits"])
    keras.utils.set_random_seed(1)
    expected = keras.layers.Dense(2)
    keras.utils.set_random_seed(1)
    classifier.resized(16)
    kernels = [layer(np.eye(3)) for layer in (keras.layers.Dense(2), expected)]
    np.testing.assert_array_equal(*kernels)
    table = resized.positions.position_embedding
    assert_close(table, vectors["interp0__position_embeddings"])


@pytest.mark.parametrize("case", ["", "interp0__", "interp1__"])
def test_a_dino_backbone_gives_hugging_faces_tokens(case):
    vectors = np.load(REFERENCE / "hf_vit_dino_backbone.npz")
    vit = ViT.from_huggingface(REFERENCE / "hf_vit_tiny_dino")
    images = nhwc(vectors[f"{case}pixel_values"])
    tokens = vectors[f"{case}last_hidden_state"]
    assert_close(vit.tokens(images), tokens)
    assert_close(vit(images), tokens[:, 0])
    if case:
        of_token = vit.attentions(images)[-1][:, :, 0]
        assert_close(of_token, vectors[f"{case}cls_attention_last"])


def test_the_pooler_is_read_where_it_is_asked_for():
    vectors = np.load(REFERENCE / "hf_vit_dino_backbone.npz")
    vit = ViT.from_huggingface(REFERENCE / "hf_vit_tiny_dino", pooler=True)
    assert_close(vit(nhwc(vectors["pixel_values"])), vectors["pooler_output"])


def test_the_bicubic_map_has_keys_kernel():
    matrix = bicubic_matrix(16, 23)
    np.testing.assert_allclose(matrix.sum(axis=1), 1.0, atol=1e-12)
    np.testing.assert_array_equal(bicubic_matrix(9, 9), np.eye(9))
    # the eighth of 16 values lies at 7.5 / 2 - 0.5 = 3.25 of 8: a quarter from value 3
    inner = [1.25 * t**3 - 2.25 * t**2 + 1 for t in (0.25, 0.75)]
    outer = [-0.75 * (t**3 - 5 * t**2 + 8 * t - 4) for t in (1.25, 1.75)]
    expected = [0, 0, outer[0], *inner, outer[1], 0, 0]
    np.testing.assert_allclose(bicubic_matrix(8, 16)[7], expected, atol=1e-12)


def test_a_saved_vit_is_the_same_in_a_functional_model_too(tmp_path):
    vit = ViT(16, **SMALL, num_classes=5, layer_scale=0.1, pre_norm=True)
    inputs = keras.Input((16, 16, 3))
    keras.Model(inputs, vit(inputs)).save(tmp_path / "model.keras")
    vit.save(tmp_path / "vit.keras")
    images = np.random.default_rng(0).normal(size=(2, 16, 16, 3)).astype("float32")
    for name in ("model.keras", "vit.keras"):
        np.testing.assert_array_equal(load(tmp_path / name)(images), vit(images))
    json.dumps(vit.get_config()["image_size"])


def test_patches_are_a_convolution():
    vit = ViT(24, **SMALL)
    images = np.random.default_rng(1).normal(size=(2, 24, 16, 3)).astype("float32")
    vit.patches.bias.assign(np.arange(12) / 7)
    expected = keras.ops.conv(images, vit.patches.kernel, strides=8) + np.arange(12) / 7
    assert_close(vit.patches(images), np.reshape(expected, (2, 6, 12)))


def test_stochastic_depth_drops_whole_images_and_keeps_the_mean():
    x = np.ones((4000, 3, 2), "float32")
    kept = np.asarray(StochasticDepth(0.25, seed=3)(x, training=True))
    assert set(np.unique(kept)) == {0.0, np.float32(1 / 0.75)}
    assert (kept == kept[:, :1, :1]).all()
    assert kept.mean() == pytest.approx(1.0, abs=0.04)
    np.testing.assert_array_equal(StochasticDepth(0.25)(x, training=False), x)


def test_stochastic_depth_grows_with_depth_and_is_off_at_inference():
    vit = ViT(16, **SMALL | {"depth": 3}, stochastic_depth=0.2)
    rates = [block.config["stochastic_depth"] for block in vit.blocks]
    assert rates == pytest.approx([0.0, 0.1, 0.2])
    images = np.random.default_rng(0).normal(size=(2, 16, 16, 3)).astype("float32")
    np.testing.assert_array_equal(vit(images), vit(images, training=False))


@pytest.mark.parametrize("precision", ["mixed_float16", "mixed_bfloat16"])
def test_mixed_precision_stays_near_single_precision(classifier, vectors, precision):
    vit = ViT.from_huggingface(REFERENCE / "hf_vit_tiny", dtype=precision)
    images = nhwc(vectors["pixel_values"])
    assert vit.weights[0].dtype == "float32"
    np.testing.assert_allclose(
        np.asarray(keras.ops.cast(vit(images), "float32")), vectors["logits"], atol=0.3
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"image_size": 20}, r"patch size, 8, divides.*20 x 20"),
        ({"heads": 5}, r"`heads` must divide the width, 12.*5"),
        ({"pooling": "max"}, r"`pooling` must be one of.*'max'"),
        ({"pooling": "none", "num_classes": 3}, r"`pooling`.*'none'"),
        ({"activation": "relu"}, r"`activation`.*'relu'"),
    ],
)
def test_what_cannot_be_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        ViT(**{"image_size": 16, **SMALL, **arguments})


def test_variants_have_the_papers_parameter_counts():
    # Dosovitskiy et al. 2020, table 1 (B/16: 86 M) and Touvron et al. 2020 (22 M, 5 M)
    for name, millions in {"B/16": 86, "S/16": 22, "Ti/16": 5}.items():
        size = variant(name)
        width, patch = size["width"], size["patch_size"]
        block = 12 * width**2 + 13 * width
        trunk = (
            size["depth"] * block + 3 * patch**2 * width + (224 // patch) ** 2 * width
        )
        assert round(trunk / 1e6) in (millions, millions + 1, millions - 1)
    vit = ViT(32, **variant("Ti/16"))
    # 12 blocks of 12 w^2 + 13 w, patches, tokens' positions and the last norm
    expected = 12 * (12 * 192**2 + 13 * 192) + (768 + 1) * 192 + 6 * 192 + 2 * 192
    assert vit.count_params() == expected
    with pytest.raises(ValueError, match=r"`variant`.*'XL/16'"):
        variant("XL/16")
