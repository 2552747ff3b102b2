import numpy as np
import pytest
from scipy import stats

from kpoc.evaluation.intervals import contrast, holm

FREE = 1e9


def test_one_seed_is_the_rows_alone():
    result = contrast(np.array([0.8]), np.array([[4e-4]]), [(1, [0])], rows_df=12)
    half = stats.t.ppf(0.975, 12) * 0.02
    assert (result.low, result.high) == pytest.approx((0.8 - half, 0.8 + half))
    assert result.seeds_variance == 0
    assert result.p == pytest.approx(2 * stats.t.sf(0.8 / 0.02, 12), abs=1e-12)


def test_seeds_alone_give_the_t_interval_of_their_mean():
    scores = np.array([0.70, 0.80, 0.90])
    # The seeds move together from resample to resample: no interaction.
    result = contrast(scores, np.full((3, 3), 1e-10), [(1, [0, 1, 2])], rows_df=FREE)
    low, high = stats.t.interval(0.95, 2, scores.mean(), stats.sem(scores))
    assert (result.low, result.high) == pytest.approx((low, high), rel=1e-5)
    expected = stats.ttest_1samp(scores, 0).pvalue
    assert result.p == pytest.approx(expected, rel=1e-4)


def test_seeds_alone_of_two_sides_give_welch():
    a, b = np.array([0.70, 0.80, 0.90, 0.81]), np.array([0.60, 0.61, 0.62])
    result = contrast(
        np.concatenate([b, a]),
        np.eye(7) * 1e-11,
        [(1, [3, 4, 5, 6]), (-1, [0, 1, 2])],
        rows_df=FREE,
    )
    expected = stats.ttest_ind(a, b, equal_var=False)
    assert result.estimate == pytest.approx(a.mean() - b.mean())
    assert result.p == pytest.approx(expected.pvalue, rel=1e-4)
    interval = expected.confidence_interval(0.95)
    assert (result.low, result.high) == pytest.approx(tuple(interval), rel=1e-4)


def test_interaction_is_not_counted_twice():
    # Var of a seed's score: 3e-4 common to the seeds, 1e-4 its own.
    scores = np.array([0.80, 0.81, 0.82])
    covariance = np.full((3, 3), 3e-4) + 1e-4 * np.eye(3)
    result = contrast(scores, covariance, [(1, [0, 1, 2])], rows_df=600)
    assert result.rows_variance == pytest.approx(3e-4 + 1e-4 / 3)
    # s^2 = 1e-4 is all interaction.
    assert result.seeds_variance == pytest.approx(0, abs=1e-12)
    wide = contrast(scores * 1.5, covariance, [(1, [0, 1, 2])], rows_df=600)
    added = (2.25e-4 - 1e-4) / 3
    assert wide.seeds_variance == pytest.approx(added)
    df = (wide.rows_variance + added) ** 2 / (
        (2.25e-4 / 3) ** 2 / 2 + wide.rows_variance**2 / 600
    )
    assert wide.df == pytest.approx(df)
    half = stats.t.ppf(0.975, df) * np.sqrt(wide.rows_variance + added)
    assert wide.high - wide.estimate == pytest.approx(half)


def test_never_shorter_than_the_seeds_alone():
    scores = np.array([0.60, 0.80, 1.00])
    covariance = np.full((3, 3), 1e-3) + 1e-6 * np.eye(3)
    result = contrast(scores, covariance, [(1, [0, 1, 2])], rows_df=600)
    seeds_variance = np.sqrt((0.04 / 3) * result.seeds_variance)
    seeds = stats.t.ppf(0.975, 2) * np.sqrt(seeds_variance)
    total = stats.t.ppf(0.975, result.df) * np.sqrt(
        result.rows_variance + result.seeds_variance
    )
    assert seeds > total
    assert result.high - result.estimate == pytest.approx(seeds)
    expected = 2 * stats.t.sf(0.8 / np.sqrt(seeds_variance), 2)
    assert result.p == pytest.approx(expected)


def test_pairing_cancels_what_the_sides_share():
    covariance = np.full((2, 2), 4e-4) + 1e-6 * np.eye(2)
    result = contrast(
        np.array([0.80, 0.81]), covariance, [(1, [1]), (-1, [0])], rows_df=FREE
    )
    assert result.rows_variance == pytest.approx(2e-6)
    assert result.low > 0


def test_ends_are_clipped_and_level_counts():
    arguments = np.array([0.99]), np.array([[4e-4]]), [(1, [0])]
    result = contrast(*arguments, rows_df=FREE, bounds=(0, 1))
    assert result.high == 1
    narrow = contrast(*arguments, rows_df=FREE, level=0.5)
    assert narrow.high - 0.99 == pytest.approx(stats.norm.ppf(0.75) * 0.02, rel=1e-6)
    with pytest.raises(ValueError, match="`level`.*Received: 95"):
        contrast(*arguments, rows_df=FREE, level=95)


def test_seeds_that_are_equal_leave_the_rows_alone():
    # v + v + v - 9 v / 3 is not quite 0 for some v, and below it for a few of them
    for v in np.random.default_rng(0).uniform(1e-4, 1e-3, 200):
        scores, covariance = np.full(3, 0.75), np.full((3, 3), v)
        several = contrast(scores, covariance, [(1, [0, 1, 2])], rows_df=600)
        single = contrast(scores, covariance, [(1, [0])], rows_df=600)
        assert several.low == pytest.approx(single.low, rel=1e-12)
        assert several.seeds_variance == 0


def test_unknown_is_nan_never_a_crash():
    sides = [(1, [1]), (-1, [0])]
    same = contrast(np.array([1.0, 1.0]), np.zeros((2, 2)), sides, rows_df=10)
    assert (same.estimate, same.p) == (0, 1) and np.isnan(same.low)
    split = contrast(np.array([0.0, 1.0]), np.zeros((2, 2)), sides, rows_df=10)
    assert split.estimate == 1 and np.isnan([split.low, split.high, split.p]).all()
    gone = contrast(np.full(2, np.nan), np.full((2, 2), np.nan), sides, rows_df=10)
    assert np.isnan([gone.estimate, gone.low, gone.p]).all()
    # Rows that cannot vary at all.
    none = contrast(np.array([0.5, 0.6]), np.eye(2), sides, rows_df=0)
    assert none.estimate == pytest.approx(0.1) and np.isnan(none.p)


def test_a_model_outside_of_the_contrast_does_not_matter():
    estimate = np.array([0.5, 0.6, np.nan])
    covariance = np.eye(3) * 1e-4
    covariance[2] = covariance[:, 2] = np.nan
    result = contrast(estimate, covariance, [(1, [1]), (-1, [0])], rows_df=100)
    assert result.rows_variance == pytest.approx(2e-4)


def test_holm():
    # Holm (1979): compare the ascending p with alpha / m, alpha / (m - 1), ...
    np.testing.assert_allclose(
        holm([0.010, 0.013, 0.014, 0.190, 0.350]), [0.05, 0.052, 0.052, 0.38, 0.38]
    )
    np.testing.assert_allclose(holm([0.9, np.nan, 0.6]), [1.0, np.nan, 1.0])
    assert holm([]).size == 0


def test_degrees_of_freedom_never_fall_below_those_of_the_parts():
    # two seeds a side; those of the same number predict almost alike on both sides, so
    # that nearly nothing is left of the rows' variance
    scores = np.array([0.5, 0.52, 0.5, 0.52])
    covariance = 1.9e-4 * np.kron(np.ones((2, 2)), np.eye(2)) + 1e-8 * np.eye(4)
    sides = [(1, [2, 3]), (-1, [0, 1])]
    result = contrast(scores, covariance, sides, rows_df=600)
    assert result.df >= 2 - 1e-9
    assert result.high - result.low < 0.3
