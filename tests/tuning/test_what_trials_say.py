"""What mattered, and what nothing else beats, on trials whose truth is known."""

import numpy as np
import pytest

from tuning.folder import Record
from tuning.importance import importance, positions
from tuning.objective import Goal
from tuning.pareto import pareto_front
from tuning.space import make_space

SPACE = make_space(
    {
        "keys": {
            "noise": {"kind": "float", "low": 0.0, "high": 1.0},
            "matters": {"kind": "float", "low": 1e-4, "high": 1e-2, "scale": "log"},
            "kind": {"kind": "choice", "values": ["a", "b", "c"]},
            "of_a": {"kind": "int", "low": 1, "high": 5, "when": {"kind": ["a"]}},
        }
    }
)


def trials(count, score):
    generator = np.random.default_rng(0)
    found = []
    for number in range(count):
        levels = {
            "noise": generator.uniform(),
            "matters": 10 ** generator.uniform(-4, -2),
            "kind": str(generator.choice(["a", "b", "c"])),
        }
        if levels["kind"] == "a":
            levels["of_a"] = int(generator.integers(1, 6))
        found.append(Record(number, levels, "completed", score=score(levels)))
    return found


def test_what_matters_is_found_and_what_does_not_is_left():
    def score(levels):
        return np.log10(levels["matters"]) + (0.5 if levels["kind"] == "b" else 0.0)

    found = importance(trials(60, score), SPACE)
    assert list(found.keys)[:2] == ["matters", "kind"]
    assert found.explained > 0.8
    # of a sum of independent parts, permuting one loses twice its share
    records = trials(600, score)
    parts = [np.log10(one.levels["matters"]) for one in records]
    share = np.var(parts) / np.var([one.score for one in records])
    assert found.keys["matters"] == pytest.approx(2 * share, rel=0.35)
    assert abs(found.keys["noise"]) < 0.05


def test_where_nothing_matters_it_says_so():
    generator = np.random.default_rng(1)
    found = importance(trials(30, lambda levels: generator.normal()), SPACE)
    assert found.explained < 0.1


def test_few_or_equal_trials_say_nothing():
    assert importance(trials(9, lambda levels: levels["noise"]), SPACE) is None
    assert importance(trials(20, lambda levels: 0.5), SPACE) is None


def test_trials_lie_where_they_were_drawn():
    levels = {"noise": 0.25, "matters": 1e-3, "kind": "b"}
    [place] = positions([Record(0, levels, "completed")], SPACE)
    np.testing.assert_allclose(place, [0.25, 0.5, 0.5, -0.5])


def test_the_front_is_what_nothing_else_beats():
    goals = [
        Goal("age.mae", "lower", 1.0, worst=20.0, best=0.0),
        Goal("tribe.macro_f1", "higher", 1.0, worst=0.0, best=1.0),
    ]
    generator = np.random.default_rng(2)
    places = generator.uniform(size=(60, 2)).round(1)
    records = [
        Record(
            number,
            {},
            "completed",
            figures={"age.mae": 20 * mae, "tribe.macro_f1": f1},
        )
        for number, (mae, f1) in enumerate(places.tolist())
    ]
    expected = {
        number
        for number, (mae, f1) in enumerate(places)
        if not (
            (places[:, 0] <= mae)
            & (places[:, 1] >= f1)
            & ((places[:, 0] < mae) | (places[:, 1] > f1))
        ).any()
    }
    found = pareto_front(records, goals)
    assert {one.number for one in found} == expected and 1 < len(found) < 30
    errors = [one.figures["age.mae"] for one in found]
    assert errors == sorted(errors)
