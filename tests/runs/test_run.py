"""A run directory as somebody hands it over."""

import json

import pytest

from kpoc.ground.schema import SchemaError
from kpoc.recipe import load_recipe
from kpoc.runs.record import SCHEMA
from kpoc.runs.run import Run, RunError

FINISHED = {
    "status": "finished",
    "seed": 0,
    "data": {"digest": "d"},
    "cost": {"epochs": 1, "train_seconds": 2.0},
}


def write(folder, recipe=None, **record):
    text = load_recipe("portraits/baseline").to_yaml() if recipe is None else recipe
    (folder / "recipe.yaml").write_text(text)
    (folder / "run.json").write_text(json.dumps(record))
    return Run(folder)


def test_what_made_it_is_known_of_older_runs_too(tmp_path):
    assert write(tmp_path, status="finished").kind == "training"
    assert write(tmp_path, status="tried").kind == "trial"
    assert write(tmp_path, status="running", kind="recorded").kind == "recorded"


def test_the_record_is_checked_and_keeps_what_it_does_not_know(tmp_path):
    record = write(tmp_path, **FINISHED, schema=SCHEMA, kind="training", more=3).record
    assert (record.kind, record.cost.train_seconds, record.more) == ("training", 2.0, 3)
    assert write(tmp_path, **FINISHED).record.version == 1
    newer = {"schema": SCHEMA + 1, "kind": "other", "lineage": [{"seed": 1}]}
    with pytest.raises(SchemaError) as caught:
        _ = write(tmp_path, **FINISHED | newer).record
    for what in ("a newer kpoc", "`kind`", "`lineage.0.recipe` is required"):
        assert what in str(caught.value)


def test_a_recipe_of_a_run_leads_to_no_other_file(tmp_path):
    (tmp_path / "base.yaml").write_text(load_recipe("portraits/baseline").to_yaml())
    with pytest.raises(SchemaError, match="`extends` is not a known key"):
        _ = write(tmp_path, "extends: base.yaml").recipe
    # beside the run there may lie anything of the name of the protocol
    text = load_recipe("portraits/baseline", {"task.protocol": "mine.yaml"}).to_yaml()
    (tmp_path / "mine.yaml").write_text("nothing: good")
    assert write(tmp_path, text).recipe.task.protocol == "mine.yaml"


def test_a_run_without_a_model_says_what_it_lacks(tmp_path):
    run = write(tmp_path, **FINISHED)
    for use in (run.model, run.encoder):
        with pytest.raises(RunError, match="without model.keras"):
            use()
    assert run.missing("comparing") == [
        "manifest.parquet",
        "metrics.csv",
        "predictions_test.parquet",
    ]
    (tmp_path / "metrics.csv").write_text("epoch\n1\n")
    assert "metrics.csv" not in run.missing("comparing")
    assert [file.name for file in run.files("resuming")] == ["recipe.yaml", "run.json"]
