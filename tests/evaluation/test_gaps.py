from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kpoc.evaluation import Side, evaluate
from kpoc.evaluation.bootstrap import resample_weights
from kpoc.evaluation.group_metrics import equalized_odds_difference

# Numbers made by fairlearn 0.15.0.
REFERENCE = np.load(Path(__file__).parents[1] / "reference" / "metrics.npz")
TARGETS = {
    "hit": {"kind": "binary", "classes": ["no", "yes"], "metrics": ["accuracy"]},
    "age": {
        "kind": "regression",
        "unit": "years",
        "range": [0, 99],
        "metrics": ["mae"],
    },
}


def frame_of(truth, groups, age=50.0):
    labels = np.array(TARGETS["hit"]["classes"])[truth]
    ids = [f"{i:04d}" for i in range(len(truth))]
    return pd.DataFrame({"id": ids, "hit": labels, "group": groups, "age": age})


def side_of(name, frame, answers, ages=None):
    tables = []
    for seed, answer in enumerate(answers):
        age = frame["age"] if ages is None else ages[seed]
        columns = {"id": frame["id"], "age": age, "hit.no": 1.0 - answer}
        tables.append(pd.DataFrame({**columns, "hit.yes": 1.0 * answer}))
    return Side(name, list(range(len(answers))), tables)


def run(sides, frame, groups=("group",), **arguments):
    options = {"resamples": 200, "targets": TARGETS, **arguments}
    found = evaluate(
        sides, groups=list(groups), primary="hit.accuracy", manifest=frame, **options
    )
    return found["gaps"]


def find(rows, **labels):
    (row,) = [row for row in rows if all(row[k] == v for k, v in labels.items())]
    return row


@pytest.mark.parametrize("case", ["g2", "g4"])
def test_differences_are_those_of_fairlearn(monkeypatch, case):
    monkeypatch.setattr("kpoc.evaluation.parts.gaps.FEW_ROWS", 1)  # it leaves none out
    truth, answers, groups = (
        REFERENCE[f"{case}__{key}"] for key in ("y_true", "y_pred", "sensitive")
    )
    frame = frame_of(truth, groups.astype(str))
    sides = [side_of("a", frame, [answers]), side_of("b", frame, [1 - answers])]
    rows = run(sides, frame)["scores"]
    for measure, key in (
        ("demographic_parity_difference", "dp_difference"),
        ("equalized_odds_difference", "eo_difference"),
    ):
        row = find(rows, side="a", measure=measure, group="group")
        assert row["estimate"] == pytest.approx(REFERENCE[f"{case}__{key}"].item())
        # the other answer to every question: the same distances
        other = find(rows, side="b", measure=measure, group="group")
        assert other["estimate"] == pytest.approx(row["estimate"])
    shares = pd.Series(truth).groupby(groups).mean()
    parity = find(rows, side="a", measure="demographic_parity_difference")
    assert parity["truth"] == pytest.approx(shares.max() - shares.min())
    by_group = REFERENCE[f"{case}__by_group_acc"]
    gap = find(rows, side="a", measure="gap", target="hit", group="group")
    assert gap["estimate"] == pytest.approx(np.ptp(by_group))
    names = sorted(set(groups.astype(str)))
    assert gap["worst"] == names[by_group.argmin()]
    assert gap["best"] == names[by_group.argmax()]
    assert (gap["n"], gap["levels"]) == (120, len(names))


@pytest.fixture(scope="module")
def shop():
    """Two sides of two seeds, three levels of 30 rows; the second side is fairer."""
    generator = np.random.default_rng(4)
    groups = np.repeat(["x", "y", "z"], 30)
    truth = generator.integers(0, 2, 90)
    frame = frame_of(truth, groups)
    made = {}
    for name, skills in {"old": (0.95, 0.9, 0.5), "new": (0.8, 0.8, 0.75)}.items():
        skill = np.repeat(skills, 30)
        right = [generator.random(90) < skill for _ in range(2)]
        answers = [np.where(r, truth, 1 - truth) for r in right]
        ages = [50 + generator.normal(0, 4 / skill) for _ in range(2)]
        made[name] = side_of(name, frame, answers, ages)
    return frame, groups, truth, list(made.values())


def gaps_by_hand(frame, groups, sides, weights, centre):
    """(resamples, models) gaps of accuracy, from weighted means level by level."""
    samples = []
    for side in sides:
        for table in side.predictions:
            right = (table["hit.yes"] == (frame["hit"] == "yes")).to_numpy(float)
            levels = [
                (weights[groups == g] * right[groups == g, None]).sum(0)
                / weights[groups == g].sum(0)
                - centre * right[groups == g].mean()
                for g in "xyz"
            ]
            samples.append(np.ptp(levels, axis=0))
    return np.stack(samples, axis=1)


def test_gap_interval_and_chance_by_hand(shop):
    frame, groups, _, sides = shop
    found = run(sides, frame)
    (weights,) = resample_weights(np.zeros(90), 200)
    (estimates,) = gaps_by_hand(frame, groups, sides, np.ones((90, 1)), 0)
    by_chance = gaps_by_hand(frame, groups, sides, weights, 1).mean(axis=0)
    lower_ends = 0
    for place, side in enumerate(sides):
        seeds = slice(2 * place, 2 * place + 2)
        row = find(found["scores"], side=side.name, measure="gap", metric="accuracy")
        assert row["per_seed"] == pytest.approx(estimates[seeds])
        assert row["estimate"] == pytest.approx(estimates[seeds].mean())
        assert row["chance"] == pytest.approx(by_chance[seeds].mean())
        lower_ends += row["low"] > 0
    assert lower_ends == 1  # that of the unfair side
    row = find(found["differences"], measure="gap", metric="accuracy")
    samples = gaps_by_hand(frame, groups, sides, weights, 0)
    signs = np.array([-0.5, -0.5, 0.5, 0.5])
    assert row["difference"] == pytest.approx(estimates @ signs)
    # wider than the rows alone make it: the seeds are counted too
    rows_alone = 1.96 * np.sqrt(np.var(samples @ signs, ddof=1))
    assert row["high"] - row["difference"] > rows_alone
    assert row["side"] == "new" and row["baseline"] == "old"


def test_the_interval_of_a_gap_that_is_not_there_holds_zero():
    generator = np.random.default_rng(5)
    truth, groups = np.tile([0, 1], 60), np.repeat(["a", "b", "c", "d"], 30)
    frame = frame_of(truth, groups)
    lows = []
    for _ in range(20):
        right = generator.random((2, 3, 120)) < 0.8
        sides = [
            side_of(name, frame, np.where(of_side, truth, 1 - truth))
            for name, of_side in zip("xy", right, strict=True)
        ]
        for row in run(sides, frame)["scores"]:
            if (row["measure"], row["metric"]) == ("gap", "accuracy"):
                lows.append(row["low"])
    # of 40 at most 5, a chance of 1.4 % where 5 % of the intervals miss it
    assert len(lows) == 40 and np.count_nonzero(lows) <= 5


def test_one_seed_each_gives_the_plain_paired_interval(shop):
    from scipy import stats

    frame, groups, _, sides = shop
    single = [Side(s.name, [0], s.predictions[:1]) for s in sides]
    row = find(run(single, frame)["differences"], measure="gap", metric="accuracy")
    (weights,) = resample_weights(np.zeros(90), 200)
    samples = gaps_by_hand(frame, groups, single, weights, 0)
    deviation = np.std(samples[:, 1] - samples[:, 0], ddof=1)
    half = stats.t.ppf(0.975, 89) * deviation
    assert row["high"] - row["difference"] == pytest.approx(half, rel=1e-6)
    assert row["verdict"] == "better" and row["difference"] < 0


def test_chance_of_two_equal_levels_is_half_normal():
    generator = np.random.default_rng(5)
    frame = frame_of(generator.integers(0, 2, 400), np.repeat(["x", "y"], 200))
    ages = frame["age"] + generator.normal(0, 5, 400)
    side = side_of("a", frame, [np.zeros(400)], [ages])
    twin = side_of("b", frame, [np.ones(400)], [ages])
    rows = run([side, twin], frame, resamples=8000)["scores"]
    errors = np.abs(ages - 50).to_numpy().reshape(2, 200)
    spread = np.sqrt((errors.var(axis=1, ddof=1) / 200).sum())
    row = find(rows, side="a", metric="mae", measure="gap")
    assert row["chance"] == pytest.approx(spread * np.sqrt(2 / np.pi), rel=0.05)
    assert row["unit"] == "years"
    worst = "xy"[errors.mean(axis=1).argmax()]
    assert row["worst"] == worst and row["best"] != worst


def test_levels_of_few_rows_are_left_out_and_named(shop):
    _, groups, truth, sides = shop
    groups = groups.astype(object)
    groups[:3], groups[30:55] = "rare", "x"
    frame = frame_of(truth, groups)
    row = find(run(sides, frame)["scores"], side="old", metric="accuracy")
    assert row["left_out"] == ["rare", "y"] and row["levels"] == 2
    assert row["n"] == 90 - 3 - 5
    groups[55:] = "x"
    assert run(sides, frame_of(truth, groups)) == {"scores": [], "differences": []}


def test_rates_that_some_level_lacks_are_passed_over():
    # y has no positives, z no negatives: of each rate two levels remain
    truth = np.concatenate([[0, 1] * 10, [0] * 20, [1] * 20])
    groups = np.repeat(["x", "y", "z"], 20)
    answers = np.random.default_rng(6).integers(0, 2, 60)
    frame = frame_of(truth, groups)
    sides = [side_of("a", frame, [answers]), side_of("b", frame, [1 - answers])]
    rows = run(sides, frame)["scores"]
    row = find(rows, side="a", measure="equalized_odds_difference")
    expected = equalized_odds_difference(truth, answers, groups, undefined="skip")
    assert row["estimate"] == pytest.approx(expected)
    assert row["low"] is not None and row["worst"] is None


def test_a_target_is_not_fair_or_unfair_towards_itself(shop):
    frame, _, _, sides = shop
    rows = run(sides, frame, groups=["hit", "group"])["scores"]
    assert {row["measure"] for row in rows if row["group"] == "hit"} == {"gap"}
    age = {r["measure"] for r in rows if (r["target"], r["group"]) == ("age", "group")}
    assert age == {"gap"}  # neither rate is defined for a number
    assert len({r["measure"] for r in rows if r["group"] == "group"}) == 3


def test_equal_levels_have_no_worst(shop):
    frame, _, truth, _ = shop
    perfect = side_of("perfect", frame, [truth])
    row = find(
        run([perfect, side_of("b", frame, [1 - truth])], frame)["scores"],
        side="perfect",
        metric="accuracy",
    )
    assert (row["estimate"], row["worst"], row["best"]) == (0.0, None, None)
    assert row["low"] is None  # it never varies
