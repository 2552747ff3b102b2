"""Several objectives in one number, by hand."""

import pytest

from kpoc.recipe import load_recipe
from tuning.objective import make_objective
from tuning.space import make_space

KEYS = {"model.dropout": {"kind": "float", "low": 0.0, "high": 0.5}}


def objective_of(objectives, recipe="faces/baseline"):
    space = make_space({"keys": KEYS, "objectives": objectives})
    return make_objective(space, load_recipe(recipe))


def test_the_recipes_primary_score_is_sought_as_it_is():
    found, problems = objective_of({})
    assert problems == [] and found.label == "ethnicity.macro_f1"
    assert found.direction == "max"
    assert found.number({"ethnicity.macro_f1": 0.7, "age.mae": 9.0}) == 0.7


def test_a_single_error_is_sought_in_its_unit_and_less_is_better():
    found, _ = objective_of({"age.mae": {}})
    assert found.direction == "min" and found.better(8.0, 9.0)
    assert found.number({"age.mae": 8.5}) == 8.5


def test_several_are_put_on_one_scale_and_weighted():
    found, _ = objective_of(
        {"age.mae": {"weight": 2, "range": [20, 5]}, "gender.accuracy": {"weight": 1}}
    )
    # (20 - 11) / 15 = 0.6 twice and 0.9 once
    number = found.number({"age.mae": 11.0, "gender.accuracy": 0.9})
    assert number == pytest.approx((2 * 0.6 + 0.9) / 3)
    assert found.direction == "max"
    better = found.number({"age.mae": 10.0, "gender.accuracy": 0.9})
    assert found.better(better, number)


def test_without_a_range_an_error_is_measured_by_that_of_its_target():
    found, _ = objective_of({"age.mae": {}, "gender.accuracy": {}})
    number = found.number({"age.mae": 7.9, "gender.accuracy": 0.5})
    assert number == pytest.approx((0.9 + 0.5) / 2)


def test_all_that_is_wrong_is_said():
    found, problems = objective_of(
        {
            "ethnicity.macro_f2": {},
            "age.mae": {"range": [0, 20]},
            "gender.accuracy": {"range": [1, 0]},
        }
    )
    assert found is None and len(problems) == 3
    assert "`ethnicity.macro_f1`" in problems[0]
    assert "lower is better" in problems[1] and "higher is better" in problems[2]
