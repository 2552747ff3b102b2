"""Top-k curves, an order of the classes, look-alikes: what many classes need."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as sk

from kpoc.evaluation import Side, evaluate
from kpoc.evaluation.class_order import class_order
from kpoc.evaluation.parts.confusions import mean_probabilities
from kpoc.evaluation.parts.top_k import ranks

K, ROWS = 14, 15
CLASSES = [f"breed {code}" for code in range(K)]
TRUTH = np.repeat(np.arange(K), ROWS)
# each even class looks like the one after the next even one, and so do the odd ones
TWIN = np.array([2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 13, 12])
TARGETS = {
    "breed": {
        "kind": "categorical",
        "classes": CLASSES,
        "metrics": ["accuracy", "top3", "cross_entropy"],
    },
    "size": {"kind": "binary", "classes": ["S", "L"], "metrics": ["accuracy"]},
}


def predict(seed, skill):
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(len(TRUTH), K))
    logits[np.arange(len(TRUTH)), TRUTH] += skill * (1 - TRUTH / 20)
    logits[np.arange(len(TRUTH)), TWIN[TRUTH]] += 0.8 * skill
    values = np.exp(logits)
    return values / values.sum(axis=1, keepdims=True)


PREDICTED = {
    "base": [predict(seed, 2.0) for seed in range(2)],
    "new": [predict(10 + seed, 3.0) for seed in range(2)],
}


@pytest.fixture(scope="module")
def result():
    ids = [f"{row:03d}.png" for row in range(len(TRUTH))]
    labels = {
        "breed": np.array(CLASSES)[TRUTH],
        "size": np.array(["S", "L"])[TRUTH % 2],
    }
    manifest = pd.DataFrame({"id": ids, "split": "test", **labels})

    def table(probabilities):
        columns = dict(
            zip((f"breed.{c}" for c in CLASSES), probabilities.T, strict=True)
        )
        return pd.DataFrame({"id": ids, **columns, "size.S": 0.4, "size.L": 0.6})

    sides = [
        Side(name=name, seeds=[0, 1], predictions=[table(p) for p in models])
        for name, models in PREDICTED.items()
    ]
    found = evaluate(
        sides,
        targets=TARGETS,
        groups=[],
        primary="breed.accuracy",
        manifest=manifest,
        resamples=400,
    )
    json.dumps(found, allow_nan=False)
    return found


def test_ranks_are_those_of_scikit_learn():
    rng = np.random.default_rng(0)
    truth, scores = rng.integers(0, 9, 80), rng.integers(0, 4, (80, 9)) / 4
    found = ranks(truth, scores)
    for k in range(1, 9):
        expected = sk.top_k_accuracy_score(truth, scores, k=k, labels=range(9))
        assert np.mean(found <= k) == pytest.approx(expected)


def test_the_curve_is_the_mean_over_seeds_with_the_intervals_of_the_scores(result):
    curves = result["top_k"]["breed"]
    assert list(result["top_k"]) == ["breed"] and curves["k"] == list(range(1, 11))
    for name, models in PREDICTED.items():
        points = curves["sides"][name]
        for k, point in enumerate(points, start=1):
            each = [
                sk.top_k_accuracy_score(TRUTH, p, k=k, labels=range(K)) for p in models
            ]
            assert point["estimate"] == pytest.approx(np.mean(each))
        for k, metric in ((1, "accuracy"), (3, "top3")):
            [row] = [
                row
                for row in result["scores"]
                if (row["target"], row["metric"], row["side"])
                == ("breed", metric, name)
                and row["group"] is None
            ]
            for field in ("estimate", "low", "high"):
                assert points[k - 1][field] == pytest.approx(row[field], abs=1e-6)


def test_mean_probabilities_are_pandas_means():
    probabilities = predict(3, 1.0)
    found = mean_probabilities(TRUTH, probabilities)
    expected = pd.DataFrame(probabilities).groupby(TRUTH).mean()
    np.testing.assert_allclose(found, expected, atol=6e-7)
    some = mean_probabilities(TRUTH[:ROWS], probabilities[:ROWS])
    assert np.isfinite(some[0]).all() and np.isnan(some[1:]).all()


def test_confusions_have_both_matrices_and_one_order(result):
    breed = result["confusions"]["breed"]
    for name, models in PREDICTED.items():
        for field, matrix in (
            ("probabilities", mean_probabilities),
            (
                "sides",
                lambda t, p: sk.confusion_matrix(t, p.argmax(1), normalize="true"),
            ),
        ):
            expected = np.mean([matrix(TRUTH, p) for p in models], axis=0)
            np.testing.assert_allclose(breed[field][name], expected, atol=1e-6)
    place = np.argsort(breed["order"])
    assert sorted(breed["order"]) == list(range(K))
    assert (np.abs(place - place[TWIN]) == 1).all()
    # few classes stay as they are
    assert result["confusions"]["size"]["order"] == [0, 1]


def test_the_order_does_not_depend_on_how_classes_are_numbered():
    rng = np.random.default_rng(5)
    matrix = rng.dirichlet(np.ones(30), 30)
    order = class_order([matrix])
    assert order[0] < order[-1]
    shuffled = rng.permutation(30)
    again = shuffled[class_order([matrix[np.ix_(shuffled, shuffled)]])].tolist()
    assert again in (order, order[::-1])
    matrix[3] = np.nan
    assert sorted(class_order([matrix, rng.dirichlet(np.ones(30), 30)])) == [*range(30)]


def test_neighbours_in_the_order_are_nearer_than_by_chance():
    rng = np.random.default_rng(6)
    points = rng.uniform(size=40)
    matrix = np.exp(-30 * np.abs(points[:, None] - points))
    matrix /= matrix.sum(axis=1, keepdims=True)
    order = class_order([matrix])
    jumps = np.abs(np.diff(points[order])).sum()
    # a perfect order walks once along the line
    assert jumps < 2.0 < np.abs(np.diff(points)).sum() / 4


def test_lookalikes_are_the_worst_classes_and_what_they_are_taken_for(result):
    pairs = result["lookalikes"]["breed"]
    assert list(result["lookalikes"]) == ["breed"]
    rates = np.mean(
        [
            sk.confusion_matrix(TRUTH, p.argmax(1), normalize="true")
            for models in PREDICTED.values()
            for p in models
        ],
        axis=0,
    )
    shown = [CLASSES.index(pair["class"]) for pair in pairs]
    assert len(pairs) == 6
    assert rates[shown, shown].tolist() == sorted(rates.diagonal())[:6]
    for pair, code in zip(pairs, shown, strict=True):
        other = CLASSES.index(pair["other"])
        assert other == TWIN[code]
        mean = np.mean([p for m in PREDICTED.values() for p in m], axis=0)
        for own, near, rows in (
            (code, other, pair["rows"]["class"]),
            (other, code, pair["rows"]["other"]),
        ):
            places = [int(row["id"].removesuffix(".png")) for row in rows]
            assert (TRUTH[places] == own).all()
            chances = [row["probability"] for row in rows]
            np.testing.assert_allclose(chances, mean[places, near])
            best = np.sort(mean[own == TRUTH, near])[::-1][: len(rows)]
            np.testing.assert_allclose(chances, best)
        base = sk.confusion_matrix(
            TRUTH, PREDICTED["base"][0].argmax(1), normalize="true"
        ) + sk.confusion_matrix(TRUTH, PREDICTED["base"][1].argmax(1), normalize="true")
        figures = pair["sides"]["base"]
        assert figures["right"] == pytest.approx(base[code, code] / 2)
        assert figures["taken"] == pytest.approx(base[code, other] / 2)
        assert figures["back"] == pytest.approx(base[other, code] / 2)
