import hashlib
import json

import pandas as pd
import pytest

from kpoc.evaluation import side_from_run_dirs, side_from_tables
from kpoc.evaluation.checks import start_warnings
from kpoc.ground.errors import is_for_users
from kpoc.protocols.manifest import Manifest
from kpoc.recipe import load_recipe

COST = {"epochs": 3, "train_seconds": 10.5}


@pytest.fixture
def manifest():
    table = pd.DataFrame(
        {
            "id": ["a", "b", "c"],
            "path": ["a.png", "b.png", "c.png"],
            "split": ["train", "validation", "test"],
            "stratum": ["", "", "Ring"],
            "sha256": ["0a", "0b", "0c"],
            "kind": ["Ring", "Plain", "Ring"],
        }
    )
    return Manifest(table, {"columns": {"kind": {"classes": ["Ring", "Plain"]}}})


def predictions_table():
    return pd.DataFrame({"id": ["c"], "kind.Ring": [0.9], "kind.Plain": [0.1]})


def write_run(folder, manifest, seed, **changes):
    folder.mkdir()
    recipe = {"name": "x/base", "description": "One line.", "epochs": 5, "seed": seed}
    recipe |= changes.pop("recipe", {})
    resolved = load_recipe("portraits/baseline", recipe)
    (folder / "recipe.yaml").write_text(resolved.to_yaml())
    record = {
        "status": "finished",
        "seed": seed,
        "data": {"digest": manifest.digest, "protocol": "p", "synthetic": True},
        "environment": {"cpus": 2},
        "weights": {"origin": "somewhere", "sha256": "ab", "path": "w"},
        "cost": COST,
    }
    (folder / "run.json").write_text(json.dumps(record | changes))
    manifest.save(folder / "manifest.parquet")
    history = pd.DataFrame({"epoch": [1, 2], "val_loss": [0.5, 0.4], "seconds": [1, 1]})
    history.to_csv(folder / "metrics.csv", index=False)
    predictions_table().to_parquet(folder / "predictions_test.parquet")
    return folder


def test_run_directories(tmp_path, manifest):
    folders = [write_run(tmp_path / f"k-seed{s}", manifest, s) for s in (0, 4)]
    side = side_from_run_dirs("x/base", folders)
    assert side.seeds == [0, 4] and side.description == "One line."
    assert side.runs[1].endswith("k-seed4") and not side.foreign
    assert side.predictions[1]["kind.Ring"].tolist() == [0.9]
    assert side.history[0][1] == {"epoch": 2, "val_loss": 0.4, "seconds": 1}
    assert side.data[0]["digest"] == manifest.digest
    assert side.manifest["id"].tolist() == ["a", "b", "c"]
    shown = side.as_dict()
    assert shown["budget"] == {"epochs": 5, "trainings": 2, "train_seconds": 21.0}
    assert shown["weights"] == {"origin": "somewhere", "sha256": "ab"}
    assert shown["cost"] == [COST, COST] and shown["counts"] is None
    assert shown["environment"] == {"cpus": 2, "versions": {}}
    assert shown["composition"]["kind"]["counts"]["validation"] == [1, 0]
    assert side.validation == []
    json.dumps(shown)


def test_what_runs_were_made_with_counts_resumptions(tmp_path, manifest):
    pairs = {
        "versions.keras": ["3.14", "3.15"],
        "environment.onednn": [None, "1"],
        "git.commit": ["a", "b"],
    }
    facts = {"versions": {"keras": "3.14"}, "resumed": [{"changed": pairs}]}
    side = side_from_run_dirs(
        "x",
        [
            write_run(tmp_path / "whole", manifest, 0),
            write_run(tmp_path / "resumed", manifest, 1, **facts),
        ],
    )
    assert side.made_with == [
        {"cpus": [2]},
        {"keras": ["3.14", "3.14", "3.15"], "cpus": [2], "onednn": [None, "1"]},
    ]


def test_validation_predictions_come_with_their_rows(tmp_path, manifest):
    folders = [write_run(tmp_path / f"k-seed{s}", manifest, s) for s in (0, 4)]
    given = predictions_table().assign(id="b")
    given.to_parquet(folders[0] / "predictions_validation.parquet")
    assert side_from_run_dirs("x", folders).validation == []  # one seed has none
    given.to_parquet(folders[1] / "predictions_validation.parquet")
    for table, rows in side_from_run_dirs("x", folders).validation:
        assert table["id"].tolist() == rows["id"].tolist() == ["b"]
        assert rows["kind"].tolist() == ["Plain"]


def test_unfinished_or_incomplete_runs_are_all_named(tmp_path, manifest):
    good = write_run(tmp_path / "good", manifest, 0)
    running = write_run(tmp_path / "running", manifest, 1, status="running")
    partial = write_run(tmp_path / "partial", manifest, 2)
    (partial / "predictions_test.parquet").unlink()
    with pytest.raises(ValueError) as caught:
        side_from_run_dirs("x", [good, running, partial, tmp_path / "none"])
    text = str(caught.value)
    assert "running is running, not finished" in text
    assert "partial has no predictions_test.parquet" in text
    assert "none has no recipe.yaml, run.json" in text
    with pytest.raises(ValueError, match="Received: none"):
        side_from_run_dirs("x", [])


def test_runs_of_other_recipes_are_refused(tmp_path, manifest):
    first = write_run(tmp_path / "a", manifest, 0)
    change = {"epochs": 9, "layer_decay": 0.9}
    other = write_run(tmp_path / "b", manifest, 1, recipe=change)
    with pytest.raises(ValueError, match="differ in epochs, layer_decay"):
        side_from_run_dirs("x", [first, other])


def test_runs_that_show_other_things_are_one_side(tmp_path, manifest):
    first = write_run(tmp_path / "a", manifest, 0)
    change = {"task.groups": [], "primary": "age.mae", "cache": "none"}
    other = write_run(tmp_path / "b", manifest, 1, recipe=change)
    assert side_from_run_dirs("x", [first, other]).seeds == [0, 1]


def started_from(seed, seconds):
    cost = {"epochs": 10, "train_seconds": seconds}
    return {"recipe": "pre", "seed": seed, "key": "k", "cost": cost}


def test_what_trainings_went_on_from_counts_in_their_budget(tmp_path, manifest):
    own = [
        write_run(tmp_path / f"own{s}", manifest, s, lineage=[started_from(s, 100.0)])
        for s in (0, 1)
    ]
    side = side_from_run_dirs("x", own)
    assert side.budget() == {"epochs": 15, "trainings": 2, "train_seconds": 221.0}
    assert not start_warnings([side])
    one = [
        write_run(tmp_path / f"one{s}", manifest, s, lineage=[started_from(0, 100.0)])
        for s in (0, 1)
    ]
    side = side_from_run_dirs("x", one)
    # one training that both went on from is paid once
    assert side.budget() == {"epochs": 15, "trainings": 2, "train_seconds": 121.0}
    [warning] = start_warnings([side])
    assert "All 2 trainings of x go on from one training of pre (seed 0)" in warning


def test_a_manifest_of_another_digest_is_refused(tmp_path, manifest):
    folder = write_run(tmp_path / "a", manifest, 0, data={"digest": "0" * 64})
    with pytest.raises(ValueError, match="digest"):
        side_from_run_dirs("x", [folder])


def test_tables(tmp_path):
    paths = [tmp_path / "one.csv", tmp_path / "two.parquet"]
    predictions_table().to_csv(paths[0], index=False)
    predictions_table().to_parquet(paths[1])
    side = side_from_tables("theirs", paths, description="Theirs.")
    assert side.seeds == [0, 1] and side.foreign and side.manifest is None
    assert side.predictions[0]["id"].tolist() == ["c"]
    assert side.as_dict()["budget"] == {
        "epochs": None,
        "trainings": 2,
        "train_seconds": None,
    }
    with pytest.raises(ValueError, match="one a table"):
        side_from_tables("theirs", paths, seeds=[1])
    with pytest.raises(ValueError, match="Received: none"):
        side_from_tables("theirs", [])


def test_what_was_exported_of_a_run_is_a_part_of_its_cost(tmp_path, manifest):
    folder = write_run(tmp_path / "k-seed0", manifest, 0)
    (folder / "model.keras").write_bytes(b"model")
    (folder / "export").mkdir()
    record = {
        "model_sha256": hashlib.sha256(b"model").hexdigest(),
        "formats": {
            "onnx": {"bytes": 7, "latency": {"ms": {"p50": 1.0, "p95": 2.0}}},
            "tflite": {"bytes": 5, "latency": None},
            "savedmodel": {"bytes": 9, "latency": None},
        },
    }
    for name, entry in record["formats"].items():
        entry["file"] = f"model.{name}"
    for name in ("onnx", "tflite"):  # the third was deleted, or never came to be
        (folder / "export" / f"model.{name}").touch()
    (folder / "export" / "export.json").write_text(json.dumps(record))
    expected = {
        "onnx": {"bytes": 7, "latency_ms": {"p50": 1.0, "p95": 2.0}},
        "tflite": {"bytes": 5},
    }
    assert side_from_run_dirs("a", [folder]).cost == [{**COST, "exports": expected}]
    # files of a model that is no longer the run's say nothing of it
    (folder / "model.keras").write_bytes(b"another")
    assert side_from_run_dirs("a", [folder]).cost == [COST]


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("run.json", "[]"),
        ("run.json", '"finished"'),
        ("run.json", '{"status": "finished", "seed": 0, "cost": {}}'),
        ("run.json", "[" * 100_000),
        ("run.json", '{"status": ' + "1" * 5_000 + "}"),
        ("recipe.yaml", "a: !!python/object:os.system x"),
        ("recipe.yaml", ""),
        ("recipe.yaml", "- a"),
        ("recipe.yaml", "a: \0"),
        ("metrics.csv", ""),
    ],
)
def test_odd_files_of_others_are_named(tmp_path, manifest, file, text):
    folder = write_run(tmp_path / "theirs", manifest, 0)
    (folder / file).write_text(text)
    with pytest.raises(ValueError, match=f"theirs/{file}") as error:
        side_from_run_dirs("a", [folder])
    assert is_for_users(error.value)
