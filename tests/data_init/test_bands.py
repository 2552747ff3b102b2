import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import stats

from kpoc.data_init.bands import MOST_BANDS, band_edges, skewness


@settings(max_examples=150, deadline=None)
@given(
    values=st.lists(
        st.one_of(
            st.integers(-1000, 1000),
            st.floats(-1e6, 1e6, allow_nan=False).map(lambda x: round(x, 3)),
        ),
        min_size=2,
        max_size=400,
    ).filter(lambda values: min(values) < max(values))
)
@example([0.0] * 6 + [0.0009999999999999998])  # its logarithm is rounded to -3
def test_every_value_has_a_band(values):
    edges = band_edges(np.array(values, float))
    assert (np.diff(edges) > 0).all() and len(edges) <= MOST_BANDS + 3
    assert edges[0] <= min(values) and max(values) < edges[-1]


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 10_000), shape=st.sampled_from(["even", "normal", "tail"]))
def test_bands_have_rows_enough(seed, shape):
    rng = np.random.default_rng(seed)
    values = {
        "even": rng.uniform(3, 90, 1000),
        "normal": rng.normal(0, 5, 1000),
        "tail": rng.lognormal(5, 1.5, 1000),
    }[shape]
    counts = np.histogram(values, band_edges(values))[0]
    assert counts.min() >= 20 and len(counts) >= 2


def hundredths(high):
    return np.repeat(np.arange(round(100 * high) + 1) / 100, 7)


@pytest.mark.parametrize("high", [0.3, 0.35, 0.6, 0.7, 1.2])
def test_the_largest_value_may_be_a_round_one(high):
    edges = band_edges(hundredths(high))
    assert edges[0] == 0 and high < edges[-1] < 1.4 * high
    assert [float(f"{edge:.2f}") for edge in edges] == edges


def outliers():
    rng = np.random.default_rng(1)
    counts = np.floor(rng.pareto(1, 200) * 10)
    waits = np.r_[0, rng.exponential(1, 198), 99_999]
    shifts = np.r_[rng.normal(0, 1, 199), -1e5]
    mostly = np.r_[np.full(185, -5.0), rng.uniform(-5, 0, 15)]
    return {"counts": counts, "waits": waits, "shifts": shifts, "mostly": mostly}


@pytest.mark.parametrize("case", outliers())
def test_outliers_and_zeros_leave_no_band_empty(case):
    values = outliers()[case]
    edges = band_edges(values)
    assert edges[0] <= values.min() and values.max() < edges[-1]
    counts = np.histogram(values, edges)[0]
    assert counts.min() >= 5 and len(counts) >= 2


@pytest.mark.parametrize(
    ("values", "edges"),
    [
        (np.repeat(np.arange(1, 80), 10), [0, 10, 20, 30, 40, 50, 60, 70, 80]),
        (np.linspace(0, 0.999, 500), [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        (np.repeat([11, 12, 13, 14, 15], 50), [10, 12, 14, 16]),
        (np.repeat([1, 2, 5, 10, 20, 50, 1000], 50), [1, 2, 5, 10, 20, 50, 1000, 2000]),
        (np.repeat([0, 1, 3, 7, 999], [50, 40, 30, 20, 10]), [0, 1, 2, 5, 10, 1000]),
        (
            np.linspace(1e-9, 4e-9, 400),
            [1e-9, 1.5e-9, 2e-9, 2.5e-9, 3e-9, 3.5e-9, 4.5e-9],
        ),
    ],
)
def test_edges_are_round(values, edges):
    found = band_edges(values)
    assert found == edges and [type(e) for e in found] == [type(e) for e in edges]


def test_skewness_is_that_of_scipy():
    values = np.random.default_rng(0).gamma(2.0, 3.0, 300)
    assert skewness(values) == pytest.approx(stats.skew(values), rel=1e-12)
    assert skewness(np.ones(5)) == 0.0
