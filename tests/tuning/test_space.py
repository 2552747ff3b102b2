"""Search spaces: what they say, and all that can be wrong with them at once."""

import pytest

from kpoc.ground.schema import SchemaError
from kpoc.recipe import load_recipe
from tuning.checking import budget_problems, count_problems, space_problems
from tuning.oracle import METHODS
from tuning.recipes import levels_of, overrides, recipe_for, write_recipe
from tuning.space import find_space, load_space, make_space, space_names

CONDITIONAL = {
    "keys": {
        # before the key it depends on, as people may write it
        "optimizer.momentum": {
            "kind": "float",
            "low": 0.5,
            "high": 0.9,
            "when": {"optimizer.name": ["sgd"]},
        },
        "optimizer.name": {"kind": "choice", "values": ["adam", "sgd"]},
        "augmentation": {
            "kind": "choice",
            "values": {"none": [], "flip": ["random_flip"]},
        },
    }
}


@pytest.mark.parametrize("name", space_names())
def test_a_space_that_comes_with_kpoc_fits_its_recipe(name):
    space, recipe = load_space(find_space(name)), load_recipe(name)
    assert space_problems(space, recipe) == []
    levels = levels_of(space, recipe)
    assert levels is not None, "the recipe itself is the first trial"
    again = recipe_for(recipe, space, levels, name=name, description=recipe.description)
    assert again == recipe


def test_another_value_of_a_key_inside_a_choice_is_still_the_first_trial():
    space = load_space(find_space("faces/baseline"))
    changed = load_recipe("faces/baseline", {"optimizer.learning_rate": 7e-4})
    levels = levels_of(space, changed)
    assert levels["optimizer"] == "adam"
    assert levels["optimizer.learning_rate"] == pytest.approx(7e-4)
    again = recipe_for(changed, space, levels, name=changed.name)
    assert again.optimizer == changed.optimizer
    beyond = {"optimizer.learning_rate": 0.5}
    assert levels_of(space, load_recipe("faces/baseline", beyond)) is None


def test_a_recipe_has_every_key_that_counts_and_no_other(tmp_path):
    space, recipe = make_space(CONDITIONAL), load_recipe("portraits/baseline")
    assert list(space.keys) == ["optimizer.name", "augmentation", "optimizer.momentum"]
    adam = {"optimizer.name": "adam", "augmentation": "none", "optimizer.momentum": 0.7}
    assert overrides(space, adam) == {"augmentation": [], "optimizer.name": "adam"}
    trial = recipe_for(recipe, space, adam | {"optimizer.name": "sgd"}, name="a trial")
    written = load_recipe(str(write_recipe(trial, tmp_path / "trial.yaml")))
    assert written == trial
    assert written.optimizer.params == {"learning_rate": 1e-3, "momentum": 0.7}
    assert written.augmentation == []


def test_all_that_is_wrong_with_a_space_is_said_at_once():
    with pytest.raises(SchemaError) as caught:
        make_space(
            {
                "objectives": {"tribe.macro_f1": {"weight": 0}},
                "objective": "tribe.macro_f1",
                "keys": {
                    "a": {"kind": "float", "low": 0.5, "high": 0.5},
                    "b": {"kind": "float", "low": 0, "high": 1.0, "scale": "log"},
                    "c": {"kind": "choice", "values": ["adam"]},
                    "d": {"kind": "flot", "low": 0.0, "high": 1.0},
                    "e": {"kind": "int", "low": 1, "high": 9, "when": {"z": [1]}},
                    "f": {"kind": "int", "low": 1, "high": 9, "step": 10},
                    "g": {"kind": "choice", "values": [1, 2], "when": {"h": [1]}},
                    "h": {"kind": "choice", "values": [1, 2], "when": {"g": [3]}},
                },
            }
        )
    expected = [
        "`objectives.tribe.macro_f1.weight`",
        "`objective` is not a known key. Did you mean `objectives`?",
        "`keys.a`: the range is empty",
        "`keys.b`: `scale: log` needs a `low` above 0",
        "`keys.c`: `values`: a choice needs two values or more",
        "Did you mean `float`?",
        "`keys.e`: `when.z` must be a key of this space",
        "`keys.f`: `step` must be above 0 and at most 8",
        "`keys.h`: `when.g` must be among [1, 2]. Received: [3]",
        "`when` goes round in a circle. Received: g, h",
    ]
    for part in expected:
        assert part in str(caught.value)
    assert len(caught.value.problems) == len(expected)


def test_what_a_recipe_does_not_take_is_found_without_training():
    def range_of(low, high):
        return {"kind": "float", "low": low, "high": high}

    space = make_space(
        {
            "keys": {
                "modle.dropout": range_of(0.0, 0.5),
                "model.dropout": range_of(0.0, 1.5),
                "optimizer.lerning_rate": range_of(0.0, 0.5),
                "task.targets.tribe.loss.gama": range_of(0.0, 0.5),
                "model.options.widht": {"kind": "int", "low": 1, "high": 5},
                "augmentation": {
                    "kind": "choice",
                    "values": {"none": [], "flop": ["random_flop"]},
                },
                "model.dense_units": {"kind": "int", "low": 8, "high": 64},
            }
        }
    )
    found = space_problems(space, load_recipe("portraits/lmf_denseweight"))
    expected = [
        "`modle` is not a known key. Did you mean `model`?",
        "`keys.model.dropout`: `model.dropout`: Input should be less than 1",
        "lerning_rate",
        "unexpected keyword argument 'gama'",
        "Did you mean `width`?",
        "Did you mean `random_flip`",
    ]
    assert len(found) == len(expected)
    for problem, part in zip(found, expected, strict=True):
        assert part in problem


def test_a_space_is_found_beside_a_recipe_and_may_extend_another(tmp_path):
    (tmp_path / "mine.space.yaml").write_text(
        "extends: portraits/baseline\nsmallest_batch_size: 8\n"
        "keys: {batch_size: {kind: int, low: 16, high: 32, step: 16}}\n"
    )
    path = find_space(str(tmp_path / "mine.yaml"))
    with pytest.raises(SchemaError, match="is for spaces without a dimension"):
        load_space(path)
    path.write_text(path.read_text().replace("smallest_batch_size: 8", ""))
    keys = load_space(path).keys
    assert keys["batch_size"].high == 32 and keys["optimizer.learning_rate"].low == 1e-4
    with pytest.raises(SchemaError, match="Did you mean `portraits/baseline`"):
        find_space("portrait/baseline")
    path.write_text("extends: portraits/baseline\nkeys: [a]\n")
    with pytest.raises(SchemaError, match=r"`keys` must name what varies.*\['a'\]"):
        load_space(path)


@pytest.mark.parametrize(
    ("content", "sizes"),
    [
        ({"kind": "choice", "values": [8, 12, 32]}, {32: 12, 24: 12, 20: 8, 8: None}),
        (
            {"kind": "choice", "values": {"a": 32, "b": 8, "c": 12}},
            {32: "c", 24: "c", 20: "b", 8: None},
        ),
        ({"kind": "int", "low": 10, "high": 64}, {64: 32, 21: 10, 19: None}),
    ],
)
def test_batches_are_halved_as_far_as_the_space_allows(content, sizes):
    space = make_space({"keys": {"batch_size": content}})
    assert {size: space.halved_batch(size, {}) for size in sizes} == sizes


def test_a_batch_size_that_does_not_count_is_not_halved():
    keys = {
        "epochs": {"kind": "choice", "values": [1, 2]},
        "batch_size": {
            "kind": "int",
            "low": 8,
            "high": 64,
            "when": {"epochs": [2]},
        },
    }
    space = make_space({"keys": keys})
    assert space.halved_batch(32, {"epochs": 2}) == 16
    assert space.halved_batch(32, {"epochs": 1}) is None


def test_hyperband_does_not_search_the_epochs():
    space = make_space({"keys": {"epochs": {"kind": "int", "low": 1, "high": 9}}})
    assert budget_problems(space, METHODS.get("random")) == []
    [problem] = budget_problems(space, METHODS.get("hyperband"))
    assert "`keys.epochs`" in problem and "hyperband" in problem


def test_the_smallest_batch_may_be_named_where_it_is_not_searched():
    space = make_space({**CONDITIONAL, "smallest_batch_size": 16})
    assert [space.halved_batch(size, {}) for size in (64, 32, 31)] == [32, 16, None]
    assert make_space(CONDITIONAL).halved_batch(64, {}) is None


def test_numbers_of_a_search_are_checked():
    assert count_problems(5, 5) == count_problems(1, None) == []
    [problem] = count_problems(4, 5)
    assert "`trials` must be at least `initial`, 5" in problem
    assert len(count_problems(0, -1)) == 2
    for seed in (-1, 2**32 - 1):
        [problem] = count_problems(5, 5, seed)
        assert f"`seed` must be from 0 to 4294967294. Received: {seed}" in problem
