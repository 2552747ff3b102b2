"""Which run a recipe's training is found in again."""

import hashlib
import json
import shutil

import pytest

from kpoc.recipe import load_recipe
from kpoc.runs.find import find_run, key_of
from kpoc.runs.run import Run

DIGEST = "d" * 64


def begun(folder, recipe, weights=None, status="finished", **facts):
    """A run directory with what is needed to know it."""
    folder.mkdir(parents=True)
    (folder / "recipe.yaml").write_text(recipe.to_yaml())
    weights = {"name": weights, "path": None, "sha256": None}
    content = {"status": status, "data": {"digest": DIGEST}, "weights": weights}
    (folder / "run.json").write_text(json.dumps(content | facts))
    return Run(folder)


def old_name(recipe):
    """The directory of a run before keys were made of what is trained alone."""
    content = recipe.to_dict()
    for field in ("seed", "name", "description", "sampling"):
        del content[field]
    del content["model"]["weights"]
    text = json.dumps([content, DIGEST, ""], sort_keys=True)
    key = hashlib.sha256(text.encode()).hexdigest()[:10]
    return f"{key}-seed{recipe.seed}"


@pytest.fixture
def recipe():
    return load_recipe("portraits/baseline")


def test_a_run_made_before_keys_were_noted_is_found_whatever_is_shown(tmp_path, recipe):
    run = begun(tmp_path / "portraits/baseline" / old_name(recipe), recipe)
    key = recipe.key(DIGEST, "")
    assert run.path.name != f"{key}-seed0"
    assert find_run(tmp_path, recipe, key).path == run.path
    shown = load_recipe(recipe, {"task.groups": [], "cache": "none"})
    assert find_run(tmp_path, shown, shown.key(DIGEST, "")).path == run.path


def test_another_training_seed_or_name_is_another_run(tmp_path, recipe):
    begun(tmp_path / "portraits/baseline" / old_name(recipe), recipe)
    for change in ({"epochs": 3}, {"seed": 1}, {"name": "portraits/mine"}):
        other = load_recipe(recipe, change)
        found = find_run(tmp_path, other, other.key(DIGEST, ""))
        assert not found.info, change
    for facts in (("e" * 64, ""), (DIGEST, "imagenet")):
        assert not find_run(tmp_path, recipe, recipe.key(*facts)).info


def test_of_runs_that_trained_the_same_the_finished_one_is_taken(tmp_path, recipe):
    folder, key = tmp_path / "portraits/baseline", recipe.key(DIGEST, "")
    begun(folder / "0000000000-seed0", recipe, status="failed")
    done = begun(folder / "1111111111-seed0", recipe)
    assert find_run(tmp_path, recipe, key).path == done.path
    # the one that is called by its key goes first
    named = begun(folder / f"{key}-seed0", recipe, status="running", key=key)
    assert find_run(tmp_path, recipe, key).path == named.path


def test_a_noted_key_counts_and_broken_files_are_passed_over(tmp_path, recipe):
    folder, key = tmp_path / "portraits/baseline", recipe.key(DIGEST, "")
    run = begun(folder / "0000000000-seed0", recipe, key="another")
    assert key_of(run) == "another"
    for number, break_it in enumerate(
        (
            lambda path: (path / "recipe.yaml").write_text("epochs: many"),
            lambda path: (path / "recipe.yaml").unlink(),
            lambda path: (path / "run.json").write_text('{"status": "finished"}'),
        )
    ):
        broken = begun(folder / f"{number + 1}111111111-seed0", recipe)
        break_it(broken.path)
        assert key_of(broken) is None
    assert not find_run(tmp_path, recipe, key).info
    shutil.rmtree(folder)
    assert find_run(tmp_path, recipe, key).path == folder / f"{key}-seed0"
