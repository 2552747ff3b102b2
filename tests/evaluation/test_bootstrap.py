import tracemalloc

import numpy as np
import pytest
from sklearn import metrics as sk

from kpoc.evaluation import bootstrap as module
from kpoc.evaluation import scores
from kpoc.evaluation.bootstrap import Block, bootstrap, resample_weights


def weights_of(strata, resamples, seed=0):
    return np.concatenate(list(resample_weights(strata, resamples, seed)), axis=1)


def mean(sums):
    return sums[..., 0] / sums[..., 1]


def mean_block(values, rows=None):
    """Block of the means of the columns of (n, M) values."""
    return Block(np.stack([values, np.ones_like(values)], -1), (mean,), rows)


def test_weights_are_rescaled_draws_within_strata():
    strata = np.array(["b"] * 5 + ["a"] * 3 + ["c"] + ["b"] * 2)
    weights = weights_of(strata, 400)
    assert weights.shape == (11, 400)
    for name, size in (("a", 3), ("b", 7), ("c", 1)):
        inside = weights[strata == name]
        np.testing.assert_allclose(inside.sum(axis=0), size)
        if size > 1:
            draws = inside * (size - 1) / size
            np.testing.assert_allclose(draws, np.round(draws), atol=1e-12)
            np.testing.assert_allclose(draws.sum(axis=0), size - 1)
            assert abs(inside.mean() - 1) < 1e-12
    assert (weights[strata == "c"] == 1).all()


def test_weights_do_not_depend_on_chunks(monkeypatch):
    strata = np.repeat([0, 1, 2], [4, 10, 6])
    expected = weights_of(strata, 50, seed=7)
    monkeypatch.setattr(module, "_CHUNK_ENTRIES", 20 * 13)
    monkeypatch.setattr(module, "_DRAW_ENTRIES", 20 * 4)
    np.testing.assert_array_equal(weights_of(strata, 50, seed=7), expected)
    assert not np.array_equal(weights_of(strata, 50, seed=8), expected)


def test_every_row_is_drawn_equally_often():
    strata = np.repeat([0, 1], [10, 30])
    mean_weight = weights_of(strata, 20_000).mean(axis=1)
    # Var of one weight is about 1; 5 standard errors.
    np.testing.assert_allclose(mean_weight, 1, atol=5 / np.sqrt(20_000) * 1.1)


@pytest.mark.parametrize("size", [2, 10])
def test_variance_in_small_strata_is_unbiased(size):
    generator = np.random.default_rng(0)
    strata = np.repeat(np.arange(640 // size), size)
    values = generator.normal(size=(640, 2)) + 3 * strata[:, None]
    ((moments,),) = bootstrap([mean_block(values)], strata, resamples=20_000)
    of_means = sum(
        np.cov(values[strata == h].T) / size * (size / 640) ** 2
        for h in range(640 // size)
    )
    np.testing.assert_allclose(
        np.diag(moments.covariance[0]), np.diag(of_means), rtol=0.05
    )
    spread = np.sqrt(np.diag(of_means))
    np.testing.assert_allclose(
        moments.covariance[0] / np.outer(spread, spread),
        of_means / np.outer(spread, spread),
        atol=0.05,
    )


def test_equals_brute_force_resampling_with_sklearn():
    generator = np.random.default_rng(1)
    strata = np.repeat(np.arange(8), 10)
    truth = generator.choice(4, 80, p=[0.5, 0.3, 0.15, 0.05])
    models = [
        generator.dirichlet(np.ones(4), 80) + 0.3 * np.eye(4)[truth] for _ in "ab"
    ]
    ages = generator.uniform(1, 80, 80)
    predicted = [ages + generator.normal(0, 8, 80) for _ in "ab"]
    rows = np.flatnonzero(generator.random(80) < 0.6)
    names = ["macro_f1", "balanced_accuracy", "recall"]
    functions = [scores.get(name) for name in names]
    marginals = np.stack([functions[0].rows(truth, model) for model in models], axis=1)
    mae = scores.get("mae")
    errors = np.stack([mae.rows(ages, values) for values in predicted], axis=1)
    finishes = tuple(each.finish for each in functions)
    blocks = [
        Block(marginals, finishes),
        Block(marginals[rows], finishes, rows),
        Block(errors, (mae.finish,)),
        Block(errors[rows], (mae.finish,), rows),
    ]
    results = bootstrap(blocks, strata, resamples=60, seed=5)

    draws = np.rint(weights_of(strata, 60, seed=5) * 9 / 10).astype(int)
    for block, chosen in enumerate([np.arange(80), rows] * 2):
        samples = []
        for column in draws.T:
            picked = np.repeat(chosen, column[chosen])
            if block >= 2:
                samples.append(
                    [
                        [
                            sk.mean_absolute_error(ages[picked], p[picked])
                            for p in predicted
                        ]
                    ]
                )
                continue
            row = [[] for _ in range(6)]
            for model in models:
                given = truth[picked], model.argmax(1)[picked]
                row[0].append(sk.f1_score(*given, average="macro"))
                present = np.unique(truth[picked])
                recalls = sk.recall_score(
                    *given, labels=range(4), average=None, zero_division=np.nan
                )
                row[1].append(recalls[present].mean())
                for k in range(4):
                    row[2 + k].append(recalls[k])
            samples.append(row)
        samples = np.array(samples)
        got = np.concatenate([m.covariance for m in results[block]])
        undefined = np.concatenate([m.undefined for m in results[block]])
        for score in range(samples.shape[1]):
            good = np.isfinite(samples[:, score]).all(axis=1)
            assert undefined[score] == 60 - good.sum()
            expected = np.cov(samples[good, score].T)
            np.testing.assert_allclose(got[score], expected, rtol=2e-4, atol=1e-9)
    assert any(m.undefined.any() for m in results[1])


def test_uneven_strata_equal_sklearn_with_sample_weights():
    generator = np.random.default_rng(2)
    strata = np.repeat([0, 1, 2], [3, 20, 37])
    truth = generator.integers(0, 3, 60)
    model = generator.dirichlet(np.ones(3), 60)
    score = scores.get("macro_f1")
    block = Block(score.rows(truth, model)[:, None], (score.finish,))
    ((moments,),) = bootstrap([block], strata, resamples=80, seed=3)
    samples = [
        sk.f1_score(truth, model.argmax(1), average="macro", sample_weight=column)
        for column in weights_of(strata, 80, seed=3).T
    ]
    assert moments.covariance[0, 0, 0] == pytest.approx(
        np.var(samples, ddof=1), rel=1e-4
    )


def test_models_see_the_same_resamples():
    values = np.random.default_rng(0).normal(size=(50, 1))
    blocks = [mean_block(np.hstack([values, values, -values]))]
    ((moments,),) = bootstrap(blocks, np.zeros(50), resamples=200)
    one = moments.covariance[0, 0, 0]
    np.testing.assert_allclose(
        moments.covariance[0], one * np.array([[1, 1, -1], [1, 1, -1], [-1, -1, 1]])
    )


def test_mostly_undefined_scores_have_no_variance():
    score = scores.get("recall")
    truth, model = np.array([0] * 99 + [1]), np.eye(2)[np.zeros(100, int)]
    # Two rows of 100 in the block: they are both absent from 13 % of the resamples;
    # class 1 has one of them and is absent from 37 %, in strata of its own never.
    block = Block(score.rows(truth, model)[:, None], (score.finish,))
    ((moments,),) = bootstrap([block], np.zeros(100), resamples=4000)
    assert moments.undefined[0] == 0
    assert moments.undefined[1] / 4000 == pytest.approx((1 - 1 / 100) ** 99, abs=0.03)
    truth[:] = 0
    block = Block(score.rows(truth, model)[:, None], (score.finish,))
    ((moments,),) = bootstrap([block], np.zeros(100), resamples=100)
    assert moments.undefined.tolist() == [0, 100]
    assert np.isnan(moments.covariance[1]).all()


def test_memory_is_bounded():
    generator = np.random.default_rng(0)
    values = generator.normal(size=(10_000, 6))
    tracemalloc.start()
    bootstrap([mean_block(values)], np.zeros(10_000), resamples=1000)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 150e6


@pytest.mark.parametrize(("resamples", "rows"), [(1, 5), (100, 0)])
def test_refuses(resamples, rows):
    with pytest.raises(ValueError, match="Received"):
        bootstrap([], np.zeros(rows), resamples=resamples)
