import keras
import numpy as np
import pytest

from kpoc.losses import SparseCategoricalFocalCrossentropy

TOLERANCE = {"float32": 1e-5, "float64": 1e-9}
Y = np.array([0, 1, 2, 0, 1])
Z = np.random.default_rng(2).normal(0, 2, (5, 3)).astype("float32")


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("logits", ["logits", "logits_cos"])
@pytest.mark.parametrize("setting", ["g0", "g1", "g2", "g1w"])
def test_agrees_with_the_ldam_authors(
    vectors, value_and_grad, mean_of, precision, setting, logits, dtype
):
    data = vectors("ldam_drw")
    key = f"focal_{setting}{logits.removeprefix('logits')}"
    weighted = setting == "g1w"
    with precision(dtype):
        loss = mean_of(
            lambda **kw: SparseCategoricalFocalCrossentropy(
                float(data[f"focal_{setting}__gamma"]),
                data[f"focal_{setting}__class_weight"] if weighted else None,
                weighted_probability=weighted,
                **kw,
            ),
            dtype,
            16,
        )
        value, gradient = value_and_grad(
            lambda z: loss(data["labels"], z), data[logits].astype(dtype)
        )
    expected, tolerance = data[f"{key}__loss_grad"], TOLERANCE[dtype]
    assert value == pytest.approx(float(data[f"{key}__loss"]), rel=tolerance)
    np.testing.assert_allclose(
        gradient, expected, rtol=tolerance, atol=tolerance * np.abs(expected).max()
    )


@pytest.mark.parametrize("weighted_probability", [False, True])
def test_gamma_zero_is_cross_entropy(weighted_probability):
    weights = np.array([1.0, 2.0, 0.5])
    peer = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    found = SparseCategoricalFocalCrossentropy(
        0.0, weights, weighted_probability=weighted_probability
    )(Y, Z)
    assert float(found) == pytest.approx(float(peer(Y, Z, weights[Y])), rel=1e-6)


@pytest.mark.parametrize("gamma", [0.5, 2.0, 3.5])
@pytest.mark.parametrize("from_logits", [True, False])
def test_agrees_with_keras_on_one_hot_labels(gamma, from_logits):
    peer = keras.losses.CategoricalFocalCrossentropy(
        alpha=1.0, gamma=gamma, from_logits=from_logits
    )
    y_pred = Z if from_logits else np.abs(Z) + 0.01
    loss = SparseCategoricalFocalCrossentropy(gamma, from_logits=from_logits)
    expected = float(peer(np.eye(3)[Y], y_pred))
    assert float(loss(Y, y_pred)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("gamma", [0.0, 2.0])
def test_agrees_with_keras_on_soft_labels(gamma):
    peer = keras.losses.CategoricalFocalCrossentropy(1.0, gamma, from_logits=True)
    soft = 0.9 * np.eye(3, dtype="float32")[Y] + 0.1 / 3
    found = SparseCategoricalFocalCrossentropy(gamma)(soft, Z)
    assert float(found) == pytest.approx(float(peer(soft, Z)), rel=1e-5)


def test_soft_label_of_one_logit_is_the_share_of_class_one():
    loss, z = SparseCategoricalFocalCrossentropy(2.0), Z[:, :1]
    share = np.array([0.95, 0.05, 0.5, 0.0, 1.0], "float32")
    expected = float(loss(np.stack([1 - share, share], axis=-1), z))
    for labels in (share, share[:, None], keras.ops.convert_to_tensor(share)):
        assert float(loss(labels, z)) == pytest.approx(expected, rel=1e-6)
    with pytest.raises(ValueError, match="shares of class 1 from 0 to 1.*1.5"):
        loss(share + 0.5, z)


def test_binary_probability_is_that_of_class_one():
    loss = SparseCategoricalFocalCrossentropy(1.0, from_logits=False)
    expected = -0.7 * np.log(0.3)
    assert float(loss([1], [[0.3]])) == pytest.approx(expected, rel=1e-5)
    assert float(loss([0], [[0.7]])) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("gamma", [0.1, 0.5, 1.0, 5.0])
@pytest.mark.parametrize("weighted_probability", [False, True])
def test_certain_rows_have_a_finite_gradient(
    value_and_grad, gamma, weighted_probability
):
    loss = SparseCategoricalFocalCrossentropy(
        gamma, [1.0, 2.0], weighted_probability=weighted_probability
    )
    z = np.array([[90.0, -90.0], [-90.0, 90.0]], "float32")
    value, gradient = value_and_grad(lambda z: loss([0, 1], z), z)
    assert value == pytest.approx(0.0, abs=1e-30)
    assert np.all(np.abs(gradient) < 1e-15)
    value, gradient = value_and_grad(lambda z: loss([1, 0], z), z)
    assert value == pytest.approx(180 * 1.5, rel=1e-6)
    np.testing.assert_allclose(gradient, [[1, -1], [-0.5, 0.5]], rtol=1e-5)


def test_from_data_balances():
    y = np.array([0] * 8 + [1] * 2)
    loss = SparseCategoricalFocalCrossentropy.from_data(y, class_weights="balanced")
    assert loss.class_weights == [0.625, 2.5]
    plain = SparseCategoricalFocalCrossentropy.from_data(y, 2, gamma=1.0)
    assert plain.class_weights is None and plain.gamma == 1.0


def test_wrong_number_of_class_weights():
    loss = SparseCategoricalFocalCrossentropy(class_weights=[1.0, 2.0])
    with pytest.raises(ValueError, match="`class_weights` must have 3 entries"):
        loss(Y, Z)


@pytest.mark.parametrize("weights", ["balanced", ["a", "b"], {0: 1.0, 1: 2.0}])
def test_class_weights_that_are_no_numbers(weights):
    with pytest.raises(ValueError, match="`class_weights` must hold numbers. Rec"):
        SparseCategoricalFocalCrossentropy(class_weights=weights)


def test_labels_that_are_no_numbers():
    with pytest.raises(ValueError, match="`y_true` must hold integer or one-hot"):
        SparseCategoricalFocalCrossentropy()(["a"] * 5, Z)


def test_bad_gamma():
    with pytest.raises(ValueError, match="`gamma` must be a finite number >= 0"):
        SparseCategoricalFocalCrossentropy(gamma=-1)
