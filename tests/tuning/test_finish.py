"""Real trainings: trials without test rows, and the best recipes trained anew."""

import dataclasses
import json
import os
import re
import subprocess
import sys

import pandas as pd
import pytest
import yaml

from kpoc.protocols.manifest import Manifest
from kpoc.recipe import load_recipe
from kpoc.runs.run import Run
from tuning.finish import finish, numbers_on_test, numbers_on_validation
from tuning.folder import Folder
from tuning.tune import prepare

SPACE = """
median_rule: null
keys:
  optimizer.learning_rate: {kind: float, low: 1e-3, high: 1e-2, scale: log}
"""


@pytest.fixture(scope="module")
def tune(workshop):
    """Runs `python -m tuning` as a user would."""
    (workshop / "rates.yaml").write_text(SPACE)

    def call(*words, status=0):
        command = [sys.executable, "-W", "ignore", "-m", "tuning", *map(str, words)]
        done = subprocess.run(
            [*command, "--space", "rates.yaml"],
            cwd=workshop,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done

    return call


@pytest.mark.slow
def test_a_trial_sees_no_test_row_and_its_recipe_gives_the_same_again(
    tune, workshop, kpoc_here
):
    words = ("baseline.yaml", "--method", "random", "--trials", 2, "--seeds", 0)
    done = tune(*words)
    assert "there are no results" in done.stdout
    folder = Folder(workshop / "searches/tiny.baseline-random")
    for one in folder.records():
        run = folder.trial(one.number) / "run"
        assert set(Manifest.load(run / "manifest.parquet").table["split"]) == {
            "train",
            "validation",
        }
        assert not list(run.glob("predictions*")) and not list(run.glob("*.keras"))
        assert Run(run).info["status"] == "tried"
        assert one.cost["compile_seconds"] > 0 and one.xla["used"] is False
    recipe = folder.trial(1) / "recipe.yaml"
    trained = kpoc_here("train", recipe, "--runs", "again").stdout
    [path] = re.findall(r"^run: (.*)$", trained, re.MULTILINE)
    again = Run(workshop / path)
    best = again.info["best_epoch"]
    score = again.history.set_index("epoch")["val_tribe_macro_f1"][best]
    assert folder.record(1).score == pytest.approx(score, rel=1e-6)
    page = (folder.path / "index.html").read_text()
    assert "There are no results" in page and "Parallel coordinates" in page
    table = pd.read_csv(folder.path / "trials.csv")
    assert list(table["trial"]) == [1, 2] and table["search_score"].notna().all()


@pytest.fixture
def searched(workshop, compared, tmp_path, monkeypatch):
    """A search around a recipe of the comparison, finished without being run."""
    monkeypatch.chdir(workshop)
    text = "objectives: {tribe.macro_f1: {weight: 3}, age.mae: {range: [40, 0]}}\n"
    (tmp_path / "space.yaml").write_text(text + SPACE)
    return prepare(
        "baseline.yaml",
        space=str(tmp_path / "space.yaml"),
        trials=5,
        out=tmp_path / "searches",
    )


def test_numbers_of_fresh_seeds_are_those_of_their_runs(searched, workshop):
    folder = workshop / "comparisons/tiny.baseline-vs-tiny.lmf_denseweight"
    content = json.loads((folder / "comparison.json").read_text())
    [side] = [one for one in content["sides"] if one["name"] == "tiny/baseline"]
    validation = numbers_on_validation(searched, content, "tiny/baseline")
    test = numbers_on_test(searched, content, "tiny/baseline")
    assert len(validation) == len(test) == 2
    for seed, number in enumerate(validation):
        rows = pd.read_csv(workshop / side["runs"][seed] / "metrics.csv")
        kept = rows.loc[rows["val_loss"].idxmin()]
        f1, mae = kept["val_tribe_macro_f1"], kept["val_age_mae"]
        assert number == pytest.approx((3 * f1 + (40 - mae) / 40) / 4)
    for seed, number in enumerate(test):
        figures = {
            row["metric"]: row["per_seed"][seed]
            for row in content["scores"]
            if row["side"] == "tiny/baseline"
            and row["group"] is None
            and (row["target"], row["metric"])
            in {("tribe", "macro_f1"), ("age", "mae")}
        }
        f1, mae = figures["macro_f1"], figures["mae"]
        assert number == pytest.approx((3 * f1 + (40 - mae) / 40) / 4)


def test_the_best_recipes_are_shown_ready_to_copy(plain, run, tmp_path):
    settings = dataclasses.replace(plain.settings, trials=12)
    prepared = dataclasses.replace(plain, settings=settings)
    records = run(prepared)
    prepared = dataclasses.replace(prepared, folder=Folder(tmp_path / "search"))
    finished = finish(prepared, seeds=0)
    page = (tmp_path / "search/index.html").read_text()
    assert f"{len(records)} trials (bayesian) along 3 keys" in page
    blocks = re.findall(
        r'<pre class="yaml" tabindex="0">(extends.*?)</pre>', page, re.S
    )
    assert len(blocks) == 2
    for block, side in zip(blocks, finished.sides[1:], strict=True):
        (tmp_path / "copied.yaml").write_text(block)
        assert load_recipe(str(tmp_path / "copied.yaml")) == side.recipe
        assert load_recipe(str(side.file)) == side.recipe
    best = max((one for one in records), key=lambda one: one.score)
    assert finished.sides[1].trial == best
    assert str(finished).endswith("search/index.html")


@pytest.mark.slow
def test_a_search_ends_with_results_of_fresh_seeds(tune, workshop):
    words = ("baseline.yaml", "--trials", 3, "--initial", 2, "--seeds", 2)
    said = tune(*words, "--no-images").stdout
    folder = workshop / "searches/tiny.baseline-bayesian"
    [file] = (folder / "comparison").glob("*/comparison.json")
    content = json.loads(file.read_text())
    assert [side["seeds"] for side in content["sides"]] == [[1, 2]] * 3
    names = [side["name"] for side in content["sides"]]
    assert names == ["tiny/baseline", "tiny/baseline-tuned-1", "tiny/baseline-tuned-2"]
    page = (folder / "index.html").read_text()
    assert "The best recipes, trained anew" in page and "Optimism" in page
    link = re.search(r'href="(comparison/[^"]*)"', page)[1]
    assert (folder / link).is_file()
    tuned = yaml.safe_load((folder / "recipes/tuned-1.yaml").read_text())
    assert tuned["optimizer"]["learning_rate"] != 1e-3
    # what the search saw stands nowhere among the results
    scores = [one.score for one in Folder(folder).records()]
    printed = {
        float(number) for number in re.findall(r"\d\.\d{4}\b", said.split("vs")[1])
    }
    assert not printed & {round(score, 4) for score in scores}
    again = tune(*words, "--no-images").stdout
    assert "training 1 of" not in again


@pytest.mark.slow
def test_a_search_that_is_killed_in_a_training_ends_the_same(tune, workshop):
    words = ["baseline.yaml", "--method", "random", "--trials", "2", "--seeds", "0"]
    tune(*words, "epochs=6", "--out", "whole")
    command = [sys.executable, "-W", "ignore", "-m", "tuning", *words, "epochs=6"]
    process = subprocess.Popen(
        [*command, "--space", "rates.yaml", "--out", "killed"],
        cwd=workshop,
        env=os.environ,
        stdout=subprocess.DEVNULL,
    )
    folder = Folder(workshop / "killed/tiny.baseline-random")
    file = folder.trial(1) / "run/metrics.csv"
    while not (file.is_file() and len(pd.read_csv(file)) > 1):
        assert process.poll() is None
    process.kill()
    process.wait()
    tune(*words, "epochs=6", "--out", "killed")
    whole = Folder(workshop / "whole/tiny.baseline-random").records()
    found = folder.records()
    assert [one.numbers for one in found] == [one.numbers for one in whole]
    assert "going on with" in (folder.trial(1) / "log.txt").read_text()
