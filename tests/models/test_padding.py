"""Symmetric padding against a direct numpy convolution, and on real backbones."""

import functools

import keras
import numpy as np
import pytest

from kpoc.models import get_backbone, with_symmetric_padding


def convolve(x, kernel, stride):
    """Cross-correlation with k // 2 zeros on all sides, as PyTorch does it."""
    k = kernel.shape[0]
    x = np.pad(x, ((k // 2, k // 2), (k // 2, k // 2), (0, 0)))
    size = (x.shape[0] - k) // stride + 1
    out = np.empty((size, size, kernel.shape[-1]))
    for i in range(size):
        for j in range(size):
            patch = x[i * stride : i * stride + k, j * stride : j * stride + k]
            out[i, j] = np.einsum("abc,abcd->d", patch, kernel)
    return out


@pytest.fixture
def plain():
    keras.utils.set_random_seed(0)
    images = keras.Input((16, 16, 3))
    x = keras.layers.Conv2D(4, 3, 2, padding="same", use_bias=False)(images)
    x = keras.layers.ZeroPadding2D(((1, 2), (1, 2)))(x)
    x = keras.layers.Conv2D(5, 5, 2, padding="valid", use_bias=False)(x)
    return keras.Model(images, x)


def test_agrees_with_numpy_where_keras_padding_does_not(plain):
    x = np.random.default_rng(0).normal(size=(16, 16, 3)).astype("float32")
    stem, second = plain.get_weights()
    expected = convolve(convolve(x, stem, 2), second, 2)
    symmetric = with_symmetric_padding(plain)
    np.testing.assert_allclose(symmetric(x[None])[0], expected, atol=1e-5)
    assert np.abs(np.asarray(plain(x[None])[0]) - expected).max() > 0.1


def test_another_kind_of_strided_convolution_is_refused():
    images = keras.Input((16, 16, 3))
    x = keras.layers.Conv2D(4, 3, 2, padding="same")(images)
    x = keras.layers.Conv2D(4, 3, 2, padding="same", name="second")(x)
    with pytest.raises(ValueError, match="second"):
        with_symmetric_padding(keras.Model(images, x))


@pytest.mark.parametrize(
    ("name", "alpha"), [("mobilenet_v2", 0.35), ("mobilenet_v3_small", 0.75)]
)
def test_weight_files_of_plain_and_padded_models_both_load(name, alpha, tmp_path):
    build = functools.partial(get_backbone(name).build, 64, alpha=alpha)
    of_plain, of_padded = (str(tmp_path / f"{n}.weights.h5") for n in "ab")
    plain = build()
    plain.layers[-1].save_weights(of_plain)
    symmetric = build(of_plain, padding="symmetric")
    symmetric.layers[-1].save_weights(of_padded)
    again = build(of_padded, padding="symmetric")
    with pytest.raises(ValueError, match="symmetric"):
        build(of_padded)

    # random weights give features of tiny size: tell them apart on that scale
    x = np.random.default_rng(0).uniform(0, 255, (1, 64, 64, 3)).astype("float32")
    one, other, unpadded = (np.asarray(m(x)) for m in (symmetric, again, plain))
    np.testing.assert_array_equal(one, other)
    assert np.abs(one - unpadded).max() > 0.1 * np.abs(unpadded).max()


def test_a_file_that_does_not_fit_says_so(tmp_path):
    keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]).save_weights(
        tmp_path / "other.weights.h5"
    )
    with pytest.raises(ValueError, match="tensor by tensor.*other.weights.h5"):
        get_backbone("mobilenet_v2").build(32, str(tmp_path / "other.weights.h5"))
