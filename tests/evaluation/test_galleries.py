import numpy as np
import pandas as pd
import pytest

from kpoc.evaluation.parts.galleries import KEPT, Galleries
from kpoc.evaluation.parts.nobody_helped import nobody_helped

CLASSES = ["Ring", "Plain", "Dot"]
TARGETS = {
    "kind": {"kind": "categorical", "classes": CLASSES},
    "half": {"kind": "binary", "classes": ["Low", "High"]},
    "age": {"kind": "regression", "classes": None},
}
N = 240


def _probabilities(rng, truth, k, skill):
    logits = rng.normal(size=(len(truth), k)) + skill * np.eye(k)[truth]
    values = np.exp(logits)
    return values / values.sum(axis=1, keepdims=True)


@pytest.fixture(scope="module")
def case():
    rng = np.random.default_rng(5)
    age = rng.uniform(1, 80, N).round()
    truth = {
        "kind": rng.choice(3, N, p=[0.6, 0.3, 0.1]),
        "half": (age > 40).astype(int),
        "age": age,
    }
    predicted = {
        side: [
            {
                "kind": _probabilities(rng, truth["kind"], 3, skill),
                "half": _probabilities(rng, truth["half"], 2, skill),
                "age": age + rng.normal(0, 5 / skill, N),
            }
            for _ in range(2)
        ]
        for side, skill in {"base": 0.5, "new": 1.0}.items()
    }
    ids = [f"{i:03d}.png" for i in rng.permutation(N)]
    return ids, truth, predicted


@pytest.fixture(scope="module")
def galleries(case):
    return Galleries(TARGETS, *case)


def _table(case, side, target):
    """All rows of one side, by pandas: truth, answer of the mean, probability."""
    ids, truth, predicted = case
    mean = sum(model[target] for model in predicted[side]) / 2
    frame = pd.DataFrame({"truth": truth[target]}, index=ids)
    if mean.ndim == 1:
        return frame.assign(answer=mean, error=mean - frame["truth"])
    return frame.assign(answer=mean.argmax(1), probability=mean.max(1))


@pytest.mark.parametrize("side", ["base", "new"])
def test_the_worst_errors_are_the_most_confident_wrong_answers(case, galleries, side):
    frame = _table(case, side, "kind")
    wrong = frame[frame["truth"] != frame["answer"]]
    wrong = wrong.sort_values("probability", ascending=False)
    found = galleries.all()["kind"][side]
    assert found["wrong"] == len(wrong) > KEPT
    assert [one["id"] for one in found["worst"]] == list(wrong.index[:KEPT])
    for one in found["worst"]:
        row = wrong.loc[one["id"]]
        assert one["truth"] == CLASSES[int(row["truth"])]
        assert one["answer"] == CLASSES[int(row["answer"])] != one["truth"]
        assert one["probability"] == pytest.approx(row["probability"])


def test_the_worst_regressions_are_the_furthest(case, galleries):
    frame = _table(case, "base", "age")
    furthest = frame["error"].abs().sort_values(ascending=False).index[:KEPT]
    found = galleries.all()["age"]["base"]
    assert found["wrong"] is None
    assert [one["id"] for one in found["worst"]] == list(furthest)
    errors = [one["error"] for one in found["worst"]]
    assert errors == pytest.approx(list(frame.loc[furthest, "error"]))
    assert min(errors) < 0 < max(errors)


def test_it_is_told_how_many_sides_are_wrong(case, galleries):
    wrong = sum(
        frame["truth"] != frame["answer"]
        for frame in (_table(case, side, "kind") for side in ("base", "new"))
    )
    shown = galleries.all()["kind"]["base"]["worst"]
    assert {one["id"]: one["sides_wrong"] for one in shown} == {
        one["id"]: wrong[one["id"]] for one in shown
    }
    assert {one["sides_wrong"] for one in shown} == {1, 2}


def test_right_answers_take_the_classes_in_turn(case, galleries):
    for side in ("base", "new"):
        frame = _table(case, side, "kind")
        right = galleries.all()["kind"][side]["right"]
        for one in right:
            row = frame.loc[one["id"]]
            assert row["truth"] == row["answer"] == CLASSES.index(one["answer"])
        assert all(
            {one["truth"] for one in right[start : start + 3]} == set(CLASSES)
            for start in (0, 3)
        )


def test_closest_answers_span_the_range(case, galleries):
    frame = _table(case, "new", "age")
    right = galleries.all()["age"]["new"]["right"][:8]
    # one from each eighth of the true values, and none of that eighth is closer
    eighths = pd.Series(pd.qcut(frame["truth"].rank(method="first"), 8, labels=False))
    assert sorted(eighths[one["id"]] for one in right) == list(range(8))
    for one in right:
        within = frame[eighths == eighths[one["id"]]]["error"].abs()
        assert abs(one["error"]) == pytest.approx(within.min(), abs=0.05)


def test_the_choice_does_not_depend_on_the_order_of_the_rows(case):
    ids, truth, predicted = case
    order = np.random.default_rng(1).permutation(N)
    shuffled = Galleries(
        TARGETS,
        [ids[i] for i in order],
        {name: values[order] for name, values in truth.items()},
        {
            side: [{k: v[order] for k, v in model.items()} for model in models]
            for side, models in predicted.items()
        },
    )
    plain = Galleries(TARGETS, *case).all()
    for side in ("base", "new"):
        assert shuffled.all()["kind"][side] == plain["kind"][side]
        assert shuffled.all()["age"][side]["worst"] == plain["age"][side]["worst"]


def test_a_side_without_errors_has_none_to_show():
    truth = {"kind": np.array([0, 1, 2])}
    predicted = {"oracle": [{"kind": np.eye(3)}]}
    found = Galleries({"kind": TARGETS["kind"]}, ["a", "b", "c"], truth, predicted)
    assert found.all()["kind"]["oracle"]["wrong"] == 0
    assert found.all()["kind"]["oracle"]["worst"] == []
    assert len(found.all()["kind"]["oracle"]["right"]) == 3


def _f1(estimates):
    return [
        {
            "target": "kind",
            "group": "class",
            "metric": "f1",
            "level": level,
            "side": side,
            "n": 10,
            "estimate": estimate,
        }
        for level, both in estimates.items()
        for side, estimate in zip(("base", "new"), both, strict=True)
    ]


def test_the_class_that_nobody_helps_is_the_lowest_at_its_best(case, galleries):
    ids, truth, _ = case
    # "Ring" is the worst of the baseline, but the new side helps it
    rows = _f1({"Ring": (0.2, 0.9), "Plain": (0.6, 0.5), "Dot": (0.7, 0.8)})
    found = nobody_helped(TARGETS, rows, galleries)
    assert list(found) == ["kind"]  # two classes have nothing to tell, ages no class
    assert found["kind"]["class"] == "Plain"
    assert found["kind"]["best_side"] == "base"
    for side in ("base", "new"):
        frame = _table(case, side, "kind")
        own = frame[(frame["truth"] == 1) & (frame["answer"] != 1)]
        shown = found["kind"]["sides"][side]
        assert shown["wrong"] == len(own)
        expected = own.sort_values("probability", ascending=False).index[:KEPT]
        assert [one["id"] for one in shown["worst"]] == list(expected)


def test_classes_without_a_score_are_passed_over(galleries):
    nan = float("nan")
    rows = _f1({"Ring": (nan, nan), "Plain": (nan, 0.4), "Dot": (0.3, 0.5)})
    found = nobody_helped(TARGETS, rows, galleries)
    assert (found["kind"]["class"], found["kind"]["best_side"]) == ("Plain", "new")
    assert nobody_helped(TARGETS, _f1({"Ring": (nan, nan)}), galleries) == {}
