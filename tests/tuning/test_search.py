"""Searches whose trials take no time, in real workers."""

import dataclasses
import json

import pytest

from kpoc.ground.schema import SchemaError
from kpoc.recipe import load_recipe
from tuning.folder import Folder, FolderError
from tuning.recipes import levels_of
from tuning.tune import NothingFound, ranked


def with_settings(prepared, **changes):
    settings = dataclasses.replace(prepared.settings, **changes)
    return dataclasses.replace(prepared, settings=settings)


def recipe_of(folder, number):
    return load_recipe(str(folder / f"trials/{number:04}/recipe.yaml"))


def test_a_search_finds_what_is_best_and_every_trial_is_a_recipe(plain, run, tmp_path):
    records = run(with_settings(plain, trials=14))
    assert [one.number for one in records] == list(range(14))
    assert records[0].levels == levels_of(plain.space, plain.recipe)
    best = ranked(records, plain.objective)[0]
    # the score of the job is 0.84 at most, and 0.65 at the recipe's own settings
    assert best.score > 0.82 > 0.7 > records[0].score
    assert best.levels["optimizer.learning_rate"] == pytest.approx(3e-3, rel=0.6)
    for one in records:
        recipe = load_recipe(
            str(tmp_path / f"search/trials/{one.number:04}/recipe.yaml")
        )
        assert levels_of(plain.space, recipe) == one.levels
        assert recipe.epochs == one.epochs == len(one.numbers) == 4
        assert one.score == one.figures["tribe.macro_f1"] == one.numbers[-1]


def test_failed_trials_do_not_end_a_search_and_are_avoided(prepared_in, run, tmp_path):
    text = """
    median_rule: null
    keys:
      optimizer.learning_rate: {kind: float, low: 1e-4, high: 1e-2, scale: log}
      model.dropout: {kind: choice, values: [0.0, 0.1, 0.4, 0.5]}
    """
    # by chance alone half of the trials would diverge or crash
    records = run(prepared_in(tmp_path, text, trials=16, initial=4))
    failed = [one for one in records if not one.is_complete]
    assert len(records) == 16 and {one.reason for one in failed} == {
        "diverged",
        "crash",
    }
    assert all(one.score is None and one.message for one in failed)
    late = [one for one in records if one.number >= 10]
    assert sum(not one.is_complete for one in late) <= 1


def test_when_all_fail_it_says_why(prepared_in, run, tmp_path):
    text = "keys: {model.dropout: {kind: choice, values: [0.4, 0.5]}}"
    # KerasTuner would stop at three in a row
    with pytest.raises(NothingFound) as caught:
        run(prepared_in(tmp_path, text, trials=9, initial=1))
    assert "SIGSEGV" in str(caught.value) and "became nan" in str(caught.value)


def test_batches_are_halved_when_memory_is_short(plain, run, tmp_path):
    records = run(with_settings(plain, trials=6), LARGEST_BATCH="10")
    assert all(one.is_complete and one.levels["batch_size"] == 8 for one in records)
    smaller = [one.smaller for one in records]
    assert [32, 16] in smaller
    assert records[0].smaller == [32, 16]
    assert recipe_of(tmp_path / "search", 0).batch_size == 8


def test_without_leave_to_halve_a_trial_fails(prepared_in, run, tmp_path):
    text = "keys: {model.dropout: {kind: float, low: 0.0, high: 0.3}}"
    with pytest.raises(NothingFound, match="SIGKILL"):
        run(prepared_in(tmp_path, text, trials=3), LARGEST_BATCH="16")
    allowed = prepared_in(tmp_path, text + "\nsmallest_batch_size: 16", trials=3)
    records = run(allowed, folder="allowed", LARGEST_BATCH="16")
    assert [one.smaller for one in records] == [[32]] * 3
    assert recipe_of(tmp_path / "allowed", 2).batch_size == 16


def test_a_trial_is_scored_by_the_epoch_that_its_own_recipe_keeps(
    prepared_in, run, tmp_path
):
    # the error falls from epoch to epoch: its largest, odd as that is, is the first
    text = """keys:
  early_stopping:
    kind: choice
    values:
      last: {monitor: val_loss, mode: min, patience: 9}
      first: {monitor: val_age_mae, mode: max, patience: 9}
"""
    records = run(prepared_in(tmp_path, text, trials=2, initial=1))
    kept = {one.levels["early_stopping"]: one for one in records}
    assert (kept["first"].best_epoch, kept["last"].best_epoch) == (1, 4)
    assert kept["first"].score < kept["last"].score


def test_poor_trials_are_stopped(prepared_in, run, tmp_path, space):
    rule = "median_rule: {after_trials: 3, after_epochs: 2}"
    text = space.replace("median_rule: null", rule)
    records = run(prepared_in(tmp_path, text, trials=12, method="random"))
    stopped = [one for one in records if one.stopped]
    assert stopped and all(one.epochs in (2, 3) and one.is_complete for one in stopped)
    assert not any(one.stopped for one in records[:3])
    best = ranked(records, prepared_in(tmp_path, text).objective)[0]
    assert not best.stopped and best.epochs == 4


def test_hyperband_trains_many_shortly_and_the_best_of_them_longer(plain, run):
    prepared = with_settings(plain, trials=12)
    records = run(dataclasses.replace(prepared, method="hyperband"))
    assert {one.epochs for one in records} == {2, 4} and len(records) == 12
    assert all(one.epochs == one.budget for one in records)
    # by Li et al.: of s + 1 = 2 rounds the first has ceil(3 / 2 * 3) trials
    best = sorted(records[:5], key=lambda one: -one.score)[:2]
    assert [one.epochs for one in records[:7]] == [2] * 5 + [4] * 2
    assert [one.levels for one in records[5:7]] == [one.levels for one in best]


def test_several_objectives_are_sought_at_once(prepared_in, run, tmp_path, space):
    both = "objectives: {age.mae: {weight: 3, range: [20, 10]}, tribe.macro_f1: {}}\n"
    records = run(prepared_in(tmp_path, both + space, trials=3, method="random"))
    for one in records:
        mae, f1 = one.figures["age.mae"], one.figures["tribe.macro_f1"]
        assert one.score == pytest.approx((3 * (20 - mae) / 10 + f1) / 4)


def test_more_trials_are_added_to_a_finished_search(plain, run):
    few = run(with_settings(plain, trials=4))
    assert run(with_settings(plain, trials=4)) == few
    more = run(with_settings(plain, trials=7))
    assert [one.levels for one in more[:4]] == [one.levels for one in few]
    at_once = run(with_settings(plain, trials=7), folder="at once")
    assert [one.levels for one in at_once] == [one.levels for one in more]


def test_another_search_in_the_same_folder_is_refused_with_the_difference(
    plain, prepared_in, run, space, tmp_path
):
    run(with_settings(plain, trials=1), folder="searches/portraits.baseline-bayesian")
    with pytest.raises(SchemaError) as refused:
        prepared_in(
            tmp_path,
            space.replace("high: 0.3", "high: 0.2"),
            overrides={"epochs": 5, "model.dense_units": 16},
            seed=3,
        )
    text = str(refused.value)
    assert "`space.keys.model.dropout.high` was 0.3, now it is 0.2" in text
    assert "`recipe.epochs` was 4, now it is 5" in text
    assert "`seed` was 0, now it is 3" in text
    assert len(refused.value.problems) == 3


def test_everything_that_is_wrong_is_said_before_the_first_trial(prepared_in, tmp_path):
    folder = tmp_path / "searches/portraits.baseline-bayesian"
    folder.mkdir(parents=True)
    (folder / "search.json").write_text(json.dumps({"format": 0}))
    text = """
    objectives: {tribe.f2: {}}
    keys: {optimizer.momentun: {kind: int, low: 1, high: 2}}
    """
    with pytest.raises(SchemaError) as refused:
        prepared_in(tmp_path, text, trials=2, initial=3)
    for part in ("`trials`", "`tribe.macro_f1`", "momentun"):
        assert part in str(refused.value)
    assert len(refused.value.problems) == 3
    with pytest.raises(SchemaError, match="another version of kpoc"):
        prepared_in(tmp_path)
    with pytest.raises(SchemaError) as refused:
        prepared_in(tmp_path, "keys: {}", method="bayes", trials=0)
    for part in ("`trials`", "Did you mean `bayesian`?", "`keys` must name"):
        assert part in str(refused.value)
    (folder / "search.json").unlink()
    (folder / "thesis.txt").touch()
    with pytest.raises(SchemaError, match="holds something else"):
        prepared_in(tmp_path)


def test_one_search_at_a_time(tmp_path):
    first, second = Folder(tmp_path / "search"), Folder(tmp_path / "search")
    first.hold()
    with pytest.raises(FolderError, match="another process"):
        second.hold()
    first.release()
    second.hold()
    second.release()
