import keras
import numpy as np
import pytest

from kpoc.losses import DenseLoss, DenseWeight

NAMES = [
    "bimodal",
    "integer_age_dups",
    "lognormal_age",
    "tiny_n",
    "unit_scale",
    "large_scale_days",
]
TOLERANCE = {"float32": 1e-5, "float64": 1e-9}


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("name", NAMES)
def test_agrees_with_the_authors(
    vectors, value_and_grad, mean_of, precision, name, dtype
):
    data = vectors(f"denseweight_{name}")
    weight = DenseWeight(1.0, "reference").fit(data["y"])
    pred, tolerance = data["pred"].astype(dtype), TOLERANCE[dtype]
    with precision(dtype):
        mse, mae = (
            mean_of(
                lambda loss=loss, **kw: DenseLoss(weight, loss, **kw), dtype, len(pred)
            )
            for loss in ("mse", "mae")
        )
        mse, gradient = value_and_grad(lambda p: mse(data["y"], p), pred)
        mae, _ = value_and_grad(lambda p: mae(data["y"], p), pred)
    assert mse == pytest.approx(float(data["denseloss_mse__a1p0"]), rel=tolerance)
    assert mae == pytest.approx(float(data["denseloss_mae__a1p0"]), rel=tolerance)
    expected = data["denseloss_mse_dpred__a1p0"]
    np.testing.assert_allclose(
        gradient, expected, rtol=tolerance, atol=tolerance * np.abs(expected).max()
    )


PEERS = {
    "mae": keras.losses.MeanAbsoluteError,
    "mse": keras.losses.MeanSquaredError,
    "huber": lambda: keras.losses.Huber(delta=2.0),
}
Y = np.array([[20.0], [35.0], [36.5], [70.0]], "float32")
P = np.array([[22.0], [31.0], [36.0], [55.0]], "float32")


@pytest.mark.parametrize("loss", PEERS)
def test_alpha_zero_is_keras(loss):
    weight = DenseWeight(alpha=0.0).fit(Y)
    found = DenseLoss(weight, loss, delta=2.0)(Y, P)
    assert float(found) == pytest.approx(float(PEERS[loss]()(Y, P)), rel=1e-6)


@pytest.mark.parametrize("loss", PEERS)
def test_weights_are_those_of_the_targets(loss):
    weight = DenseWeight(alpha=1.0).fit(Y)
    found = DenseLoss(weight, loss, delta=2.0)(Y, P)
    expected = PEERS[loss]()(Y, P, weight(Y))
    assert float(found) == pytest.approx(float(expected), rel=1e-5)


def test_shapes():
    loss = DenseLoss(DenseWeight(0.5).fit(Y))
    expected = float(loss(Y, P))
    for y, p in [(Y[:, 0], P), (Y, P[:, 0]), (Y[:, 0], P[:, 0])]:
        assert float(loss(y, p)) == pytest.approx(expected, rel=1e-6)
    for y, p in [(Y[:3], P), (Y, np.repeat(P, 2, 1)), (Y[:, 0], P[:3])]:
        with pytest.raises(ValueError, match="same shape. Received: y_true.shape="):
            loss(y, p)


def test_nan_target_is_a_nan_loss():
    loss = DenseLoss(DenseWeight(0.5).fit(Y), reduction="none")
    y = np.array([float("nan"), 35.0], "float32")
    found = keras.ops.convert_to_numpy(loss(y, P[:2, 0]))
    assert np.isnan(found[0]) and np.isfinite(found[1])


def test_from_data_fits_the_weight():
    loss = DenseLoss.from_data(Y, alpha=0.25, method="reference", loss="huber")
    assert loss.dense_weight.alpha == 0.25
    assert loss.dense_weight.method == "reference" and loss.loss == "huber"
    expected = DenseWeight(0.25, "reference").fit(Y)(Y)
    np.testing.assert_array_equal(loss.dense_weight(Y), expected)


@pytest.mark.parametrize(
    ("options", "match"),
    [
        (
            {"dense_weight": DenseWeight()},
            "`dense_weight` must be a fitted DenseWeight",
        ),
        ({"dense_weight": 0.5}, "Received: dense_weight=0.5"),
        ({"loss": "rmse"}, "`loss` must be one of .*Received: loss='rmse'"),
        ({"delta": 0}, "`delta` must be a finite number > 0"),
    ],
)
def test_bad_arguments(options, match):
    with pytest.raises(ValueError, match=match):
        DenseLoss(**{"dense_weight": DenseWeight().fit(Y), **options})
