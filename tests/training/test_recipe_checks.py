"""What cannot be trained is refused at once, and nothing else is."""

import pytest

from kpoc.ground.schema import SchemaError
from kpoc.recipe import load_recipe, recipe_names
from kpoc.training.child import require_trainable_in_child
from kpoc.training.recipe_checks import (
    recipe_problems,
    require_trainable,
)


@pytest.mark.parametrize("name", recipe_names())
def test_every_recipe_that_comes_with_kpoc_can_be_trained(name):
    assert recipe_problems(load_recipe(name)) == []


WRONG = {
    "optimizer.name": ("adan", "Did you mean .*`adam`"),
    "optimizer.beta_9": (1.0, "beta_9"),
    "schedule": ({"name": "warmup_cosin"}, "Did you mean `warmup_cosine`"),
    "task.targets.tribe.loss": ({"name": "lmf", "gama": 2.0}, "gama"),
    "task.targets.tribe.metrics": (
        ["macro_f1", "acuracy"],
        "tribe.metrics`: `metric` must be a known metric. Did you mean `accuracy`",
    ),
    "objective": ("supervisd", "Did you mean `supervised`"),
    "augmentation": ([{"name": "random_flipp"}], "Did you mean `random_flip`"),
    "resampling": ([{"name": "downsampel"}], "Did you mean `downsample`"),
    "sampling": ({"name": "balance", "by": ["kind"]}, "Did you mean `balanced`"),
    "model.options": ({"widht": 8}, "Did you mean `width`"),
    "early_stopping": (
        {"monitor": "val_tribe_macro_f", "mode": "max", "patience": 3},
        "Did you mean `val_tribe_macro_f1`",
    ),
}


@pytest.mark.parametrize("key", WRONG)
def test_each_wrong_part_is_named_with_what_was_meant(key):
    value, words = WRONG[key]
    with pytest.raises(SchemaError, match=words):
        require_trainable(load_recipe("portraits/baseline", {key: value}))


def test_all_that_is_wrong_with_all_recipes_is_said_at_once():
    one = load_recipe(
        "portraits/baseline",
        {key: WRONG[key][0] for key in ("optimizer.name", "model.options")},
    )
    other = load_recipe("portraits/baseline", {"name": "other", "image_size": 8})
    assert len(recipe_problems(one)) == 2
    with pytest.raises(SchemaError) as error:
        require_trainable(one, other)
    assert "portraits/baseline: " in str(error.value)
    assert "other: `image_size` must be at least" in str(error.value)


def test_a_child_process_says_the_same():
    fine = load_recipe("portraits/lmf_denseweight")
    wrong = load_recipe("portraits/baseline", {"model.options": {"widht": 8}})
    with pytest.raises(SchemaError) as said:
        require_trainable_in_child(fine, wrong)
    assert said.value.problems == [
        f"portraits/baseline: {problem}" for problem in recipe_problems(wrong)
    ]
