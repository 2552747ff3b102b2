import json

import numpy as np
import pandas as pd
import pytest
from scipy import special
from sklearn import metrics as sk

from kpoc.evaluation import Side, evaluate, scores
from kpoc.evaluation.bootstrap import Block, bootstrap, resample_weights
from kpoc.evaluation.calibration import chance_error, expected_calibration_error
from kpoc.evaluation.intervals import contrast

CLASSES = {"sex": ["Male", "Female"], "kind": ["Ring", "Plain", "Dot"]}
TARGETS = {
    "age": {"kind": "regression", "range": [1, 80], "metrics": ["mae"]},
    "sex": {"kind": "binary", "classes": CLASSES["sex"], "metrics": ["accuracy"]},
    "kind": {
        "kind": "categorical",
        "classes": CLASSES["kind"],
        "metrics": ["accuracy", "ece"],
    },
}
N = 90


@pytest.fixture(scope="module")
def manifest():
    generator = np.random.default_rng(0)
    frame = pd.DataFrame({"id": [f"{i:03d}" for i in range(2 * N)], "age": 30.0})
    frame["split"] = np.repeat(["test", "validation"], N)
    for name, classes in CLASSES.items():
        frame[name] = generator.choice(classes, 2 * N)
    return frame


def table(rows, seed, sureness):
    """Predictions whose logits are `sureness` times those that would be calibrated."""
    generator = np.random.default_rng(seed)
    made = pd.DataFrame({"id": rows["id"], "age": 31.0})
    for name, classes in CLASSES.items():
        codes = pd.Categorical(rows[name], classes).codes
        noise = generator.normal(size=(N, len(classes)))
        logits = sureness * (1.5 * np.eye(len(classes))[codes] + noise)
        for k, label in enumerate(classes):
            made[f"{name}.{label}"] = special.softmax(logits, axis=1)[:, k]
    return made.sample(frac=1, random_state=seed)


@pytest.fixture(scope="module")
def sides(manifest):
    test, validation = (
        manifest[manifest["split"] == s] for s in ("test", "validation")
    )
    made = [
        Side(
            name,
            [0, 1],
            [table(test, 10 * place + seed, sureness) for seed in (0, 1)],
            validation=[
                (table(validation, 100 + 10 * place + seed, sureness), validation)
                for seed in (0, 1)
            ],
        )
        for place, (name, sureness) in enumerate([("base", 1.0), ("sure", 4.0)])
    ]
    theirs = Side("theirs", [0], [table(test, 50, 2.0)], foreign=True)
    return [*made, theirs]


def run(sides, manifest, **arguments):
    return evaluate(
        sides,
        targets=TARGETS,
        groups=[],
        primary="kind.accuracy",
        manifest=manifest,
        resamples=300,
        **arguments,
    )


@pytest.fixture(scope="module")
def result(sides, manifest):
    return run(sides, manifest, calibrate=True)


def truth_and(manifest, predictions, target, split="test"):
    rows = manifest[manifest["split"] == split].set_index("id")
    columns = [f"{target}.{label}" for label in CLASSES[target]]
    ordered = predictions.set_index("id").loc[rows.index, columns].to_numpy()
    return pd.Categorical(rows[target], CLASSES[target]).codes, ordered


def find(rows, **labels):
    (row,) = [row for row in rows if all(row[k] == v for k, v in labels.items())]
    return row


def figures(truth, probabilities):
    """The four figures by scikit-learn and by hand."""
    confidence, right = probabilities.max(1), probabilities.argmax(1) == truth
    return {
        "ece": expected_calibration_error(truth, probabilities),
        "overconfidence": confidence.mean() - right.mean(),
        "nll": sk.log_loss(truth, probabilities),
        "brier": sk.brier_score_loss(truth, probabilities, scale_by_half=False),
    }


@pytest.mark.parametrize("target", CLASSES)
def test_figures_are_those_of_sklearn(result, sides, manifest, target):
    for side in sides:
        for seed, predictions in enumerate(side.predictions):
            expected = figures(*truth_and(manifest, predictions, target))
            for metric, value in expected.items():
                row = find(
                    result["calibration"]["scores"],
                    target=target, metric=metric, side=side.name, scaled=False,
                )  # fmt: skip
                assert row["per_seed"][seed] == pytest.approx(value, rel=1e-9)
                assert row["estimate"] == pytest.approx(np.mean(row["per_seed"]))
    sure = find(
        result["calibration"]["scores"],
        target="kind", metric="overconfidence", side="sure", scaled=False,
    )  # fmt: skip
    assert sure["low"] > 0


def test_each_training_is_scaled_by_its_own_validation(result, sides, manifest):
    calibration = result["calibration"]
    for side in sides[:2]:
        fitted = calibration["temperatures"]["kind"][side.name]
        assert fitted[0] != fitted[1]
        for seed, temperature in enumerate(fitted):
            validation, _ = side.validation[seed]
            truth, given = truth_and(manifest, validation, "kind", "validation")
            around = [
                sk.log_loss(truth, special.softmax(np.log(given) / t, axis=1))
                for t in (0.999 * temperature, temperature, 1.001 * temperature)
            ]
            assert min(around) == around[1]
            truth, given = truth_and(manifest, side.predictions[seed], "kind")
            scaled = special.softmax(np.log(given) / temperature, axis=1)
            for metric, value in figures(truth, scaled).items():
                row = find(
                    calibration["scores"],
                    target="kind", metric=metric, side=side.name, scaled=True,
                )  # fmt: skip
                assert row["per_seed"][seed] == pytest.approx(value, rel=1e-9)
    ratio = np.divide(
        *(calibration["temperatures"]["kind"][n] for n in ("sure", "base"))
    )
    np.testing.assert_allclose(ratio, 4, rtol=0.35)  # sureness, on 90 rows


def test_scaling_touches_no_other_figure(result, sides, manifest):
    raw = run(sides, manifest)
    for key in ("scores", "differences", "verdict", "confusions", "gaps"):
        assert raw[key] == result[key]
    assert not any(row["scaled"] for row in raw["calibration"]["scores"])
    assert raw["calibration"]["not_scaled"] == {}
    assert raw["calibration"]["diagrams"]["kind"]["base"]["scaled"] is None


def test_foreign_tables_are_not_scaled_and_it_is_said_why(result, sides, manifest):
    calibration = result["calibration"]
    assert calibration["not_scaled"] == {"theirs": "no validation predictions"}
    scaled = {row["side"] for row in calibration["scores"] if row["scaled"]}
    assert scaled == {"base", "sure"}
    assert calibration["diagrams"]["sex"]["theirs"]["scaled"] is None
    # against a baseline that is not scaled there is nothing to compare
    turned = run([sides[2], sides[0]], manifest, calibrate=True)["calibration"]
    assert {row["scaled"] for row in turned["differences"]} == {False}
    alone = run([sides[2], Side("t2", [0], sides[2].predictions)], manifest)
    assert json.loads(json.dumps(alone, allow_nan=False)) == alone


def test_difference_and_interval_are_those_of_the_room(result, sides, manifest):
    losses = []
    for side in sides[:2]:
        for predictions in side.predictions:
            truth, given = truth_and(manifest, predictions, "sex")
            losses.append(-np.log(given[np.arange(N), truth]))
    columns = np.stack([np.stack([x, np.ones(N)], 1) for x in losses], 1)
    block = Block(columns, (lambda sums: sums[..., 0] / sums[..., 1],))
    ((moments,),) = bootstrap([block], np.zeros(N), resamples=300)
    expected = contrast(
        moments.estimate[0],
        moments.covariance[0],
        [(1, [2, 3]), (-1, [0, 1])],
        rows_df=N - 1,
    )
    row = find(
        result["calibration"]["differences"],
        target="sex", metric="nll", side="sure", scaled=False,
    )  # fmt: skip
    assert row["difference"] == pytest.approx(expected.estimate)
    assert row["low"] == pytest.approx(expected.low)
    assert row["p"] == pytest.approx(expected.p) and row["p_holm"] >= row["p"]


def test_the_lower_end_makes_room_for_chance(result, sides, manifest):
    drawn = []
    for predictions in sides[0].predictions:
        truth, given = truth_and(manifest, predictions, "kind")
        drawn.append((scores.get("ece").rows(truth, given), chance_error(given)))
    block = Block(np.stack([rows for rows, _ in drawn], 1), (scores.get("ece").finish,))
    ((moments,),) = bootstrap([block], np.zeros(N), resamples=300)
    plain = contrast(
        moments.estimate[0], moments.covariance[0], [(1, [0, 1])], rows_df=N - 1
    )
    row = find(
        result["calibration"]["scores"],
        target="kind", metric="ece", side="base", scaled=False,
    )  # fmt: skip
    chance = np.mean([each for _, each in drawn])
    assert row["chance"] == pytest.approx(chance)
    assert row["high"] == pytest.approx(plain.high)
    assert row["low"] == pytest.approx(max(0.0, plain.low - chance))


def test_bootstrapped_error_is_that_of_drawn_rows():
    generator = np.random.default_rng(1)
    given = generator.dirichlet(np.ones(3), 40)
    truth = generator.integers(0, 3, 40)
    ece = scores.get("ece")
    block = Block(ece.rows(truth, given)[:, None], (ece.finish,))
    ((moments,),) = bootstrap([block], np.zeros(40), resamples=50, seed=2)
    (weights,) = resample_weights(np.zeros(40), 50, seed=2)
    samples = []
    for drawn in np.rint(weights.T * 39 / 40).astype(int):
        rows = np.repeat(np.arange(40), drawn)
        samples.append(expected_calibration_error(truth[rows], given[rows]))
    assert moments.covariance[0, 0, 0] == pytest.approx(np.var(samples, ddof=1))
    assert moments.mean[0, 0] == pytest.approx(np.mean(samples))


def test_diagram_holds_all_rows_and_gives_the_error(result, manifest, sides):
    points = result["calibration"]["diagrams"]["kind"]["theirs"]["raw"]
    assert sum(point["rows"] for point in points) == pytest.approx(N)
    gaps = [p["rows"] / N * abs(p["accuracy"] - p["confidence"]) for p in points]
    truth, given = truth_and(manifest, sides[2].predictions[0], "kind")
    assert sum(gaps) == pytest.approx(expected_calibration_error(truth, given))
    pooled = result["calibration"]["diagrams"]["kind"]["base"]["raw"]
    both = [truth_and(manifest, t, "kind") for t in sides[0].predictions]
    truth, given = (np.concatenate(each) for each in zip(*both, strict=True))
    for point in pooled:
        inside = np.ceil(15 * given.max(1)) == point["bin"] + 1
        assert point["rows"] == inside.sum() / 2
        right = given.argmax(1)[inside] == truth[inside]
        assert point["accuracy"] == pytest.approx(right.mean(), abs=1e-6)
        if point["low"] is not None:
            assert point["low"] <= point["accuracy"] <= point["high"]


@pytest.mark.parametrize("sharpness", [0.3, 1.0, 4.0])
def test_chance_is_the_error_of_calibrated_rows(sharpness):
    generator = np.random.default_rng(3)
    given = special.softmax(sharpness * generator.normal(size=(300, 4)), axis=1)
    cumulated = given.cumsum(axis=1)
    drawn = [
        (cumulated < generator.random((300, 1))).sum(axis=1).clip(max=3)
        for _ in range(400)
    ]
    simulated = np.mean([expected_calibration_error(truth, given) for truth in drawn])
    # the normal approximation and 400 draws
    assert chance_error(given) == pytest.approx(simulated, rel=0.06)


def test_without_classes_there_is_nothing_to_calibrate(manifest, sides):
    found = evaluate(
        sides,
        targets={"age": TARGETS["age"]},
        groups=[],
        primary="age.mae",
        manifest=manifest,
        resamples=10,
        calibrate=True,
    )
    assert found["calibration"] == {}
    assert np.isnan(chance_error(np.zeros((0, 2))))
