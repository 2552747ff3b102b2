import numpy as np
import pytest
from scipy import stats

from kpoc.report.data.association import correlation_ratio, cramers_v, pearson

RNG = np.random.default_rng(0)


def test_pearson_is_numpys():
    x, y = RNG.normal(size=(2, 80))
    assert pearson(x, x + y) == pytest.approx(np.corrcoef(x, x + y)[0, 1])
    assert pearson(x, np.ones(80)) is None


@pytest.mark.parametrize("shift", [0.0, 0.3, 2.0])
def test_correlation_ratio_follows_from_the_f_statistic(shift):
    codes = RNG.integers(0, 4, 200)
    values = RNG.normal(size=200) + shift * codes
    f = stats.f_oneway(*(values[codes == code] for code in range(4))).statistic
    within = 1 / (1 + f * 3 / 196)
    expected = np.sqrt(max(0, 1 - within * 199 / 196))
    assert correlation_ratio(codes, values) == pytest.approx(expected, abs=1e-12)


def test_correlation_ratio_that_is_not_defined():
    assert correlation_ratio(np.zeros(5, int), np.arange(5.0)) is None
    assert correlation_ratio(np.arange(5), np.arange(5.0)) is None
    assert correlation_ratio(np.array([0, 0, 1]), np.ones(3)) is None


@pytest.mark.parametrize("shape", [(2, 2), (3, 5), (8, 2)])
def test_cramers_v_is_scipys_with_bergsmas_correction(shape):
    table = RNG.integers(1, 60, shape)
    n, (r, c) = table.sum(), shape
    plain = stats.contingency.association(table, method="cramer", correction=False)
    phi = plain**2 * (min(shape) - 1) - (r - 1) * (c - 1) / (n - 1)
    r, c = r - (r - 1) ** 2 / (n - 1), c - (c - 1) ** 2 / (n - 1)
    expected = np.sqrt(max(phi, 0) / (min(r, c) - 1))
    assert cramers_v(table) == pytest.approx(expected, abs=1e-12)


def test_cramers_v_passes_over_classes_without_rows():
    table = np.array([[20, 5], [4, 30]])
    padded = np.zeros((4, 3), int)
    padded[np.ix_([0, 3], [0, 2])] = table
    assert cramers_v(padded) == pytest.approx(cramers_v(table))
    assert cramers_v(np.array([[3, 4, 5]])) is None


def test_nothing_but_chance_is_near_zero():
    found = [
        (
            correlation_ratio(a := RNG.integers(0, 8, 60), RNG.normal(size=60)),
            cramers_v(np.histogram2d(a, RNG.integers(0, 4, 60), (8, 4))[0]),
        )
        for _ in range(200)
    ]
    # uncorrected, both have means above 0.3 here
    assert np.mean(found, axis=0).max() < 0.12
