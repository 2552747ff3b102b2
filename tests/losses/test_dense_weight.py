import json

import keras
import numpy as np
import pytest

from kpoc.losses import DenseWeight

YEARS = ["bimodal", "integer_age_dups", "lognormal_age", "tiny_n"]
ALL = [*YEARS, "unit_scale", "large_scale_days"]
ALPHAS = {0.0: "a0p0", 0.25: "a0p25", 0.5: "a0p5", 1.0: "a1p0", 2.0: "a2p0"}


@pytest.fixture(params=ALL)
def data(request, vectors):
    return vectors(f"denseweight_{request.param}")


@pytest.mark.parametrize("alpha", ALPHAS)
def test_reference_agrees_with_the_package(data, alpha):
    weight = DenseWeight(alpha, method="reference").fit(data["y"])
    key = ALPHAS[alpha]
    np.testing.assert_allclose(weight(data["y"]), data[f"weights__{key}"], rtol=1e-9)
    np.testing.assert_allclose(weight(data["y_eval"]), data[f"eval__{key}"], rtol=1e-9)
    assert np.mean(weight(data["y"])) == pytest.approx(1.0)


def test_reference_agrees_on_grid_and_density(data):
    weight = DenseWeight(method="reference").fit(data["y"])
    np.testing.assert_allclose(
        [weight.grid[0], weight.grid[-1]], data["grid_lo_hi"], rtol=1e-12
    )
    raw = data["grid_density_raw_every4"]
    low, high = data["density_raw_min_max"]
    np.testing.assert_allclose(
        weight.density[::4], (raw - low) / (high - low), rtol=1e-9, atol=1e-12
    )


@pytest.mark.parametrize("name", ALL)
def test_reference_agrees_with_its_own_bandwidth_and_eps(vectors, name):
    data = vectors(f"denseweight_{name}")
    weight = DenseWeight(
        1.0, "reference", bandwidth=0.7 * float(data["bandwidth"]), eps=1e-3
    ).fit(data["y"])
    np.testing.assert_allclose(
        weight(data["y"]), data["weights__a1p0_bw0p7_eps1e-3"], rtol=1e-9
    )


@pytest.mark.parametrize("alpha", [0.0, 0.25, 0.5, 1.0])
@pytest.mark.parametrize("name", [*YEARS, "unit_scale"])
def test_kde_is_near_the_reference_on_years(vectors, name, alpha):
    data = vectors(f"denseweight_{name}")
    weight = DenseWeight(alpha).fit(data["y"])
    for y, key in (("y", "weights"), ("y_eval", "eval")):
        expected = data[f"{key}__{ALPHAS[alpha]}"]
        np.testing.assert_allclose(weight(data[y]), expected, rtol=0, atol=1e-2)


def test_kde_is_the_gaussian_sum_at_any_scale(data):
    found = DenseWeight(1.0).fit(data["y"])(data["y"])
    expected = data["exact_kde_weights__a1p0"]
    np.testing.assert_allclose(found, expected, rtol=0, atol=3e-4)


@pytest.mark.parametrize("scale", [1e-6, 1 / 365.25, 365.25, 1e9])
def test_kde_does_not_depend_on_the_unit(data, scale):
    y = data["y"]
    expected = DenseWeight(1.0).fit(y)(y)
    found = DenseWeight(1.0).fit(scale * y + 3 * scale)(scale * y + 3 * scale)
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_kde_of_heavy_tails_keeps_the_order():
    # Incomes in euros: the tail stretches the grid far beyond a bandwidth a step.
    y = np.exp(np.random.default_rng(0).normal(10, 2.5, 200_000))
    weight = DenseWeight(0.9).fit(y)
    assert np.mean(weight(y)) == pytest.approx(1.0)
    assert weight(np.median(y)) < weight(np.quantile(y, 0.999)) <= weight(2 * y.max())


def test_weights_average_one_over_the_fitted_rows():
    y = np.random.default_rng(0).gamma(3, 10, (500, 1))
    weight = DenseWeight(0.7).fit(y)
    assert weight(y).shape == (500, 1)
    assert np.mean(weight(y)) == pytest.approx(1.0, rel=1e-12)


def test_fitting_again_starts_anew():
    first, second = np.arange(50.0), np.arange(50.0) ** 2
    again = DenseWeight().fit(first).fit(second)
    np.testing.assert_array_equal(again(second), DenseWeight().fit(second)(second))


@pytest.mark.parametrize("method", ["kde", "reference"])
def test_config_is_json_and_restores_the_weights(method):
    y = np.random.default_rng(0).normal(40, 10, 200)
    weight = DenseWeight(0.5, method).fit(y)
    config = json.loads(json.dumps(weight.get_config()))
    restored = DenseWeight.from_config(config)
    np.testing.assert_array_equal(restored(y), weight(y))
    assert restored.get_config() == config
    empty = DenseWeight(0.5, method, bandwidth=2.0)
    assert DenseWeight.from_config(empty.get_config()).bandwidth == 2.0


@pytest.mark.parametrize("method", ["kde", "reference"])
def test_lookup_is_the_call_as_tensors(method):
    y = np.random.default_rng(0).normal(40, 10, 200)
    weight = DenseWeight(1.0, method).fit(y)
    asked = np.array([[-1e6, 12.3, 40.0], [77.7, weight.grid[-1], 1e6]], "float32")
    found = weight.lookup(keras.ops.convert_to_tensor(asked))
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(found), weight(asked), rtol=2e-5
    )


@pytest.mark.parametrize(
    ("y", "match"),
    [
        ([1.0, float("nan"), float("inf")], "2 of 3 values are NaN or infinite"),
        ([7.0, 7.0, 7.0], "at least two different values.*Received: 3 values"),
        ([7.0], "at least two different values.*Received: 1 values"),
        ([], "at least two different values.*Received: 0 values"),
        ([0.1 + 0.2, 0.3] * 10, "differences a float64 can tell apart"),
        (1e15 + np.arange(10), "differences a float64 can tell apart"),
        (["old", "young"], "`y` must hold numbers. Received: y=.'old'"),
    ],
)
@pytest.mark.parametrize("method", ["kde", "reference"])
def test_targets_without_a_density(y, match, method):
    with pytest.raises(ValueError, match=match):
        DenseWeight(method=method).fit(y)


def test_two_rows_are_enough():
    np.testing.assert_allclose(DenseWeight().fit([1.0, 2.0])([1.0, 2.0]), 1.0)


def test_reference_has_the_limit_of_its_package():
    y = np.random.default_rng(0).normal(0, 1e5, 100)
    with pytest.raises(
        ValueError, match="`method='reference'` needs a bandwidth below"
    ):
        DenseWeight(method="reference").fit(y)
    assert np.isfinite(DenseWeight().fit(y)(y)).all()


def test_bad_use():
    with pytest.raises(ValueError, match="must be fitted first"):
        DenseWeight()([1.0])
    with pytest.raises(ValueError, match="`y` must not be NaN. Received: 1 of 2"):
        DenseWeight().fit([1.0, 2.0])([1.0, float("nan")])
    for options, match in [
        ({"alpha": -1}, "`alpha` must be a finite number >= 0"),
        ({"method": "exact"}, "`method` must be one of .*Received: method='exact'"),
        ({"bandwidth": 0.0}, "`bandwidth` must be a finite number > 0"),
        ({"eps": 0.0}, "`eps` must be a finite number > 0"),
    ]:
        with pytest.raises(ValueError, match=match):
            DenseWeight(**options)
