"""What a finished run holds, and that it is true."""

import json
import os

import numpy as np
import pandas as pd
import pytest

import kpoc
from kpoc.batches.targets import prediction_table
from kpoc.evaluation.validation import validation_figures
from kpoc.inference.predict import predict
from kpoc.models.loading import load
from kpoc.pictures.decode import read_image
from kpoc.protocols.manifest import Manifest
from kpoc.recipe import load_recipe
from kpoc.report.card import write_run_card
from kpoc.runs.run import Run
from kpoc.training.recipe_checks import log_names


def test_it_holds_all_that_is_needed_to_read_it_again(run_folder):
    info = json.loads((run_folder / "run.json").read_text())
    assert info["status"] == "finished"
    assert info["seed"] == 0
    assert info["data"]["synthetic"] is True
    assert info["data"]["counts"] == {"train": 160, "validation": 40, "test": 40}
    assert (
        info["data"]["digest"] == Manifest.load(run_folder / "manifest.parquet").digest
    )
    assert info["xla"]["used"] is False and info["xla"]["why"]
    assert info["versions"]["keras"] and info["environment"]["cpus"] >= 1
    assert info["environment"]["onednn"] == os.environ.get("TF_ENABLE_ONEDNN_OPTS")
    cost = info["cost"]
    assert cost["epochs"] == 2
    assert cost["parameters"] > cost["trainable_parameters"] > 0
    assert cost["file_bytes"] == (run_folder / "model.keras").stat().st_size
    assert 0 < cost["latency_ms"]["p50"] <= cost["latency_ms"]["p95"]
    assert cost["peak_memory_bytes"] > 50e6
    assert cost["train_seconds"] > 0 and cost["images_per_second"] > 0
    assert list(run_folder.glob("tensorboard/*/events*"))
    assert "tiny/baseline, seed 0" in (run_folder / "card.md").read_text("utf-8")
    assert not list(run_folder.glob(".*"))
    assert load_recipe(run_folder / "recipe.yaml").model.options == {
        "width": 4,
        "stages": 2,
        "units": 8,
    }


def test_the_history_has_a_row_an_epoch(run_folder):
    history = Run(run_folder).history
    assert history["epoch"].tolist() == [1, 2]
    for column in ("loss", "val_loss", "val_age_mae", "val_tribe_macro_f1", "seconds"):
        assert np.isfinite(history[column]).all()


@pytest.mark.parametrize("split", ["validation", "test"])
def test_the_saved_model_gives_the_saved_predictions(run_folder, split):
    run = Run(run_folder)
    rows, paths = run.manifest.rows(split), run.manifest.paths(split)
    saved = run.predictions(split)
    assert saved["id"].tolist() == rows["id"].tolist()
    model = load(run_folder)
    # 32 px files into a model of 24 px: the served resize is part of the claim
    images = np.stack([read_image(path) for path in paths])
    assert images.shape[1:] == (32, 32, 3)
    outputs = {name: np.asarray(value) for name, value in model(images).items()}
    again = prediction_table(rows["id"], run.recipe.task.targets, outputs)
    for column in saved.columns.drop("id"):
        np.testing.assert_allclose(again[column], saved[column], rtol=2e-4, atol=2e-5)


def test_metrics_of_the_history_are_those_of_the_predictions(run_folder):
    run = Run(run_folder)
    truth, predicted = run.manifest.rows("validation"), run.predictions("validation")
    best = run.history.set_index("epoch").loc[run.info["best_epoch"]]
    error = (truth["age"] - predicted["age"]).abs().mean()
    assert error == pytest.approx(best["val_age_mae"], rel=1e-4)
    classes = [c.removeprefix("tribe.") for c in predicted if c.startswith("tribe.")]
    winners = predicted[[f"tribe.{c}" for c in classes]].to_numpy().argmax(axis=1)
    accuracy = np.mean(np.array(classes)[winners] == truth["tribe"])
    assert accuracy == pytest.approx(best["val_tribe_accuracy"], abs=1e-6)


def test_training_shows_no_score_of_the_test_rows(run_folder):
    for column in Run(run_folder).history:
        assert "test" not in column
    assert "accuracy" not in (run_folder / "run.json").read_text()


def test_a_finished_run_is_not_trained_again(kpoc_here, run_folder):
    before = (run_folder / "run.json").stat().st_mtime_ns
    done = kpoc_here("train", "baseline.yaml")
    assert "finished already" in done.stdout
    assert (run_folder / "run.json").stat().st_mtime_ns == before


@pytest.mark.slow
def test_the_same_seed_gives_the_same_predictions_in_another_folder(
    kpoc_command, run_folder, tmp_path
):
    kpoc_command("train", "baseline.yaml", "--runs", tmp_path)
    [again] = tmp_path.rglob("predictions_validation.parquet")
    first = Run(run_folder).predictions("validation").drop(columns="id")
    second = pd.read_parquet(again).drop(columns="id")
    # threads may add floats in another order; the draws are the same
    np.testing.assert_allclose(second, first, rtol=1e-2, atol=1e-2)


def test_the_card_of_a_training_is_that_of_its_files(run_folder):
    # the training hands over its rows, `kpoc card` reads what was saved of them
    written = (run_folder / "card.md").read_text("utf-8")
    assert write_run_card(run_folder).read_text("utf-8") == written


def test_a_recorded_loop_is_compared_with_a_training(workshop, run_folder, tmp_path):
    with kpoc.record("mine", task=workshop / "baseline.yaml", runs=tmp_path) as mine:
        mine.log(1, loss=0.5)
        for split in ("validation", "test"):
            mine.predictions(split, Run(run_folder).predictions_file(split))
    comparison = kpoc.compare(
        [run_folder, f"mine={mine.run.path}"],
        runs=tmp_path,
        out=tmp_path / "out",
        resamples=20,
        images=False,
    )
    found = comparison.differences
    assert (found["side"] == "mine").any() and (found["difference"].abs() < 1e-9).all()
    page = comparison.page.read_text("utf-8")
    assert "predicts exactly the same" in page and "mine, as recorded" in page


def test_the_encoder_of_a_run_is_that_of_its_recipe(run_folder):
    run = Run(run_folder)
    encoder = run.encoder()
    assert (encoder.name, encoder.image_size) == (run.recipe.model.backbone, 24)


def test_predict_reads_files_and_folders_and_reports_what_it_cannot(
    kpoc_here, run_folder, tmp_path
):
    run = Run(run_folder)
    picture = run.manifest.paths("test")[0]
    (tmp_path / "a.png").write_bytes(picture.read_bytes())
    (tmp_path / "broken.jpg").write_bytes(b"")
    for name in ("._a.png", ".thumbnails/b.png", "__MACOSX/c.png", "notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    with open(os.fsencode(tmp_path) + b"/caf\xe9.png", "wb") as file:
        file.write(picture.read_bytes())
    done = kpoc_here("predict", run_folder, tmp_path, "--format", "json", status=1)
    assert "broken.jpg" in done.stderr and "empty" in done.stderr
    assert "2 image(s) cannot be read" in done.stderr
    assert "caf\ufffd.png: its name is no valid UTF-8" in done.stderr
    assert "passed over: 3 hidden, 1 not an image, by its name\n" in done.stderr
    [answer] = json.loads(done.stdout)
    saved = run.predictions("test").iloc[0]
    assert answer["age"]["unit"] == "years"
    assert answer["age"]["value"] == pytest.approx(saved["age"], rel=1e-3)
    chances = answer["tribe"]["probabilities"]
    assert sum(chances.values()) == pytest.approx(1.0)
    assert chances["Maple"] == pytest.approx(saved["tribe.Maple"], abs=1e-3)
    assert answer["tribe"]["class"] == max(chances, key=chances.get)

    for one in (str(picture), picture):
        table, unreadable = predict(run_folder, one)
        assert table["id"].tolist() == [str(picture)] and unreadable == []

    form = ("--format", "json", "--calibrate")
    [scaled] = json.loads(kpoc_here("predict", run_folder, picture, *form).stdout)
    assert scaled["age"] == answer["age"]
    figures = validation_figures(run_folder, Run(run_folder).manifest)
    temperature = figures["calibration"]["tribe"]["temperature"]
    assert temperature != pytest.approx(1, abs=0.01)
    powers = {name: chance ** (1 / temperature) for name, chance in chances.items()}
    for name, chance in scaled["tribe"]["probabilities"].items():
        assert chance == pytest.approx(powers[name] / sum(powers.values()), rel=1e-5)

    table = kpoc_here("predict", run_folder, picture).stdout
    assert "years" in table and "%" in table
    assert "status none" in kpoc_here("predict", tmp_path, picture, status=1).stderr


def test_logs_are_named_as_keras_names_them(run_folder):
    run = Run(run_folder)
    logged = set(run.history.columns)
    assert set(log_names(run.recipe)) <= logged
