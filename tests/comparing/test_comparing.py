"""Comparisons by the real command: recipes, run directories and foreign tables."""

import json
import re
import shutil

import cv2
import numpy as np
import pandas as pd
import pytest
from sklearn import metrics

from kpoc.comparing.asked import is_side, read_sides
from kpoc.comparing.compare import compare
from kpoc.ground.hashing import file_sha256
from kpoc.pictures.listed import image_folders
from kpoc.pictures.thumbnails import find_thumbnails
from kpoc.protocols.manifest import Manifest
from kpoc.runs.run import Run


@pytest.fixture(scope="module")
def comparison(workshop, compared):
    [file] = (workshop / "comparisons").glob("*/comparison.json")
    return json.loads(file.read_text())


def test_it_prints_the_verdict_and_where_the_page_is(workshop, compared, comparison):
    [page] = re.findall(r"^page: (.*)$", compared, re.MULTILINE)
    text = (workshop / page).read_text()
    assert "<html" in text and "synthetic" in text.lower()
    assert text.count('src="data:image/jpeg;base64,') > 20 and "Drawn by code" in text
    assert comparison["verdict"]["text"].split(":")[0] in compared
    assert "training 2 of 2: tiny/lmf_denseweight, seed 1" in compared
    assert any("2 seeds" in warning for warning in comparison["warnings"])
    for name in ("scores.csv", "differences.csv"):
        assert len(pd.read_csv((workshop / page).with_name(name))) > 5


def test_the_scores_are_those_of_scikit_learn_on_the_saved_predictions(
    workshop, comparison
):
    side = comparison["sides"][0]
    assert side["name"] == "tiny/baseline" and side["seeds"] == [0, 1]
    expected = {"accuracy": [], "macro_f1": [], "mae": []}
    for folder in side["runs"]:
        run = Run(workshop / folder)
        truth, predicted = run.manifest.rows("test"), run.predictions("test")
        classes = run.recipe.task.targets["tribe"].classes
        columns = [f"tribe.{name}" for name in classes]
        guess = np.array(classes)[predicted[columns].to_numpy().argmax(axis=1)]
        expected["accuracy"].append(metrics.accuracy_score(truth["tribe"], guess))
        expected["macro_f1"].append(
            metrics.f1_score(truth["tribe"], guess, average="macro")
        )
        expected["mae"].append(
            metrics.mean_absolute_error(truth["age"], predicted["age"])
        )
    for row in comparison["scores"]:
        if row["side"] == "tiny/baseline" and row["group"] is None:
            key = row["metric"]
            if (row["target"], key) in {("tribe", "accuracy"), ("tribe", "macro_f1")}:
                assert row["per_seed"] == pytest.approx(expected[key])
                assert row["estimate"] == pytest.approx(np.mean(expected[key]))
            if row["target"] == "age":
                assert row["per_seed"] == pytest.approx(expected["mae"])


def test_cost_and_history_of_every_training_stand_in_it(comparison):
    for side in comparison["sides"]:
        assert [len(history) for history in side["history"]] == [2, 2]
        assert all(cost["train_seconds"] > 0 for cost in side["cost"])


def test_a_second_comparison_trains_nothing_and_counts_its_look_at_the_test(
    kpoc_here, workshop, compared, comparison
):
    # other tests look at the same rows
    log = workshop / "runs" / "test_scorings.jsonl"
    before = log.read_text().count("\n")
    again = kpoc_here(
        *("compare", "baseline.yaml", "lmf_denseweight.yaml", "--seeds", 2),
        *("--out", "b", "--no-images", "--calibrate"),
    ).stdout
    assert "training 1" not in again
    [file] = (workshop / "b").glob("*/comparison.json")
    second = json.loads(file.read_text())
    assert second["data"]["test_scorings"] == before + 1
    assert second["scores"] == comparison["scores"]
    page = file.with_name("index.html").read_text()
    assert "data:image/jpeg" not in page and "pictures were left out" in page
    fitted = second["calibration"]["temperatures"]["tribe"]
    assert [len(found) for found in fitted.values()] == [2, 2]
    assert comparison["calibration"]["temperatures"]["tribe"] == {}


def test_every_side_has_a_model_card(workshop, compared):
    for name in ("baseline", "lmf_denseweight"):
        (path,) = re.findall(rf"^model card of tiny/{name}: (.*)$", compared, re.M)
        text = (workshop / path).read_text("utf-8")
        assert f"# Model card: tiny/{name}" in text and "40 test rows" in text
        assert "few small portraits" in text and "drawn by kpoc" in text
        assert (workshop / path).with_name("card.md").is_file()


def test_images_are_found_where_the_data_lies_now(run_folder):
    manifest = Run(run_folder).manifest
    elsewhere = {"root": f"/elsewhere/{manifest.root.name}"}
    moved = Manifest(manifest.table, manifest.meta | elsewhere)
    rows = moved.rows("test").head(3)
    for data in (manifest.root, manifest.root.parent):
        assert len(find_thumbnails(rows, image_folders(moved, data)).found) == 3
    gone = find_thumbnails(rows, image_folders(moved, run_folder))
    assert not gone.found and set(gone.faults.values()) == {"no such file"}


def test_a_foreign_run_shows_no_picture_of_whoever_compares(
    run_folder, tmp_path, monkeypatch
):
    private = tmp_path / "home" / "private.png"
    private.parent.mkdir()
    cv2.imwrite(str(private), np.full((40, 40, 3), 90, np.uint8))
    manifest, known = Run(run_folder).manifest, file_sha256(private)
    monkeypatch.delenv("KPOC_DATA", raising=False)

    def foreign(root, path, sha256):
        table = manifest.table.assign(path=path, sha256=sha256)
        return Manifest(table, manifest.meta | {"root": str(root)})

    theirs = tmp_path / "theirs"
    shutil.copytree(run_folder, theirs)
    foreign("/", str(private).lstrip("/"), "").save(theirs / "manifest.parquet")
    sides = [f"theirs={theirs}", f"mine={run_folder}"]
    found = compare(sides, runs=tmp_path, out=tmp_path, resamples=20)
    assert "data:image/jpeg" not in found.page.read_text()

    def shown(root, path, sha256, data=None):
        rows = foreign(root, path, sha256)
        folders = image_folders(rows, data)
        return len(find_thumbnails(rows.rows("test").head(1), folders).found)

    data = tmp_path / "data"
    data.mkdir()
    assert not shown("/", str(private).lstrip("/"), known)
    # in a folder that was named: by its hash alone, and from nowhere else
    assert not shown("/", f"../home/{private.name}", known, data)
    assert not shown(data / "..", f"home/{private.name}", known, data)
    assert not shown("/", private.name, "", private.parent)
    assert shown("/", private.name, known, private.parent)


def test_runs_against_foreign_tables(kpoc_here, workshop, compared, run_folder):
    predictions = Run(run_folder).predictions("test")
    perfect = predictions.copy()
    truth = Run(run_folder).manifest.rows("test")
    perfect["age"] = truth["age"].to_numpy()
    for column in predictions.columns.drop(["id", "age"]):
        target, name = column.split(".")
        perfect[column] = (truth[target] == name).to_numpy("float64")
    for seed in (0, 1, 2):
        perfect.sample(frac=1, random_state=seed).to_csv(
            workshop / f"oracle_{seed}.csv", index=False
        )
    folders = f"mine=runs/tiny/baseline/{run_folder.name.split('-')[0]}-seed*"
    done = kpoc_here(
        "compare", folders, "oracle=oracle_0.csv,oracle_1.csv,oracle_2.csv"
    )
    assert "oracle" in done.stdout and "better" in done.stdout.lower()
    [file] = (workshop / "comparisons").glob("mine-vs-oracle/comparison.json")
    content = json.loads(file.read_text())
    assert content["verdict"]["code"] == "better"
    assert [side["foreign"] for side in content["sides"]] == [False, True]
    primary = [r for r in content["scores"] if r["side"] == "oracle" and not r["group"]]
    assert {r["estimate"] for r in primary if r["target"] != "age"} == {1.0}


def test_other_training_rows_are_told_other_test_rows_refused(
    kpoc_here, workshop, compared
):
    text = (workshop / "tiny.yaml").read_text()
    fewer = "  - {name: remove, where: {tribe: Maple}, fraction: 0.4}\n"
    split = text.index("  - {name: split")
    (workshop / "fewer.yaml").write_text(text[:split] + fewer + text[split:])
    (workshop / "other.yaml").write_text(text.replace("rows: 5", "rows: 4"))
    arguments = ("compare", "baseline.yaml", "--seeds", 1)
    for protocol in ("fewer", "other"):
        (workshop / f"side_{protocol}.yaml").write_text(
            f"extends: {workshop}/baseline.yaml\nname: tiny/{protocol}\n"
            f"task: {{protocol: {workshop}/{protocol}.yaml}}\n"
        )
        kpoc_here("train", f"side_{protocol}.yaml")
    assert "same rows" in kpoc_here(*arguments, "side_fewer.yaml").stdout
    refused = kpoc_here(*arguments, "side_other.yaml", status=1).stderr
    assert "test rows have different digests" in refused


def test_other_test_rows_are_refused_by_id(kpoc_here, workshop, run_folder):
    table = Run(run_folder).predictions("test").iloc[1:]
    table.to_csv(workshop / "short.csv", index=False)
    missing = Run(run_folder).predictions("test")["id"].iloc[0]
    done = kpoc_here("compare", run_folder, "short.csv", status=1)
    assert missing in done.stderr and "missing" in done.stderr


def test_one_broken_training_does_not_lose_the_others(kpoc_here, workshop, compared):
    broken = (workshop / "baseline.yaml").read_text().replace("tiny/b", "tiny/broken-b")
    broken += "optimizer: {name: sgd, learning_rate: 1e38}\n"
    (workshop / "broken.yaml").write_text(broken)
    done = kpoc_here("compare", "baseline.yaml", "broken.yaml", "--seeds", 1, status=1)
    assert "1 of 2 trainings failed" in done.stderr
    assert "tiny/broken-baseline, seed 0" in done.stderr and "step" in done.stderr


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (["baseline.yaml"], ["at least two"]),
        (["baseline.yaml", "baseline.yaml"], ["NAME=PATH", "tiny/baseline"]),
        (["baseline.yaml", "lmf_denseweight.yaml", "epoch=3"], ["`epochs`", "`epoch`"]),
        (["nothing/there", "baseline.yaml"], ["nothing/there"]),
        (["baseline.yaml", "tiny.yaml"], ["tiny.yaml", "`source`"]),
        (["oracle_0.csv", "oracle_1.csv"], ["`task`"]),
        (["baseline.yaml", "lmf_denseweight.yaml", "--seeds", "0"], ["`seeds`"]),
    ],
)
def test_what_cannot_be_compared_says_why(kpoc_here, compared, words, parts):
    done = kpoc_here("compare", *words, status=1)
    for part in parts:
        assert part in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture
def some_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("a.csv", "with [1].csv", "3", "weights", "own.yaml"):
        (tmp_path / name).touch()


def test_words_are_told_apart(some_files):
    sides = ("faces/baseline", "mine=a.csv", "a.csv", "mine=lost.csv", "model=a.csv")
    assert all(map(is_side, sides)) and is_side("epoch=3")
    assert not any(
        map(is_side, ("epochs=3", "model.weights=weights", "task.protocol=own.yaml"))
    )


def test_a_file_with_brackets_in_its_name_is_found(some_files):
    (side,) = read_sides(["b=with [1].csv,a.csv"], {})
    assert [path.name for path in side.tables] == ["with [1].csv", "a.csv"]


@pytest.mark.parametrize(
    ("words", "overrides", "parts"),
    [
        (["a.csv", "c=a.csv,d.csv", "e=f*.csv"], {}, ["path: d.csv", "path: f*.csv"]),
        (["a.csv", "epoch=4"], {}, ["`epoch`", "`epochs`"]),
        (["a.csv", "b=lost"], {}, ["b=lost: no such path: lost"]),
        (["a.csv", "mine=own.yaml"], {}, ["`name`", "mine=own.yaml"]),
        (["a.csv", "b=a.csv"], {"epochs": 3}, ["`overrides`", "epochs", "'a', 'b'"]),
    ],
)
def test_a_side_that_is_not_there_is_refused(some_files, words, overrides, parts):
    with pytest.raises(ValueError) as refused:
        read_sides(words, overrides)
    for part in parts:
        assert part in str(refused.value)
