"""A training takes weights of the run that it starts from."""

import json
import shutil

import numpy as np
import pytest
import yaml

from kpoc.ground.schema import SchemaError
from kpoc.models import Encoder
from kpoc.models.encoder import heads_of
from kpoc.recipe import load_recipe
from kpoc.runs.run import Run
from kpoc.training.callbacks import History
from kpoc.training.handover import build_model
from kpoc.training.plan import make_plan, task_rows
from kpoc.training.recipe_checks import require_trainable
from kpoc.training.starting import StartError
from kpoc.training.train import train

BATCH = np.random.default_rng(0).integers(0, 256, (2, 24, 24, 3), "uint8")


@pytest.fixture(scope="module")
def place(workshop, run_folder, tmp_path_factory):
    """A folder with recipes that go on from a finished run, and from a recipe."""
    folder = tmp_path_factory.mktemp("handover")
    base = {"extends": str(workshop / "baseline.yaml"), "epochs": 1}
    start = {"run": str(run_folder)}
    tribe = load_recipe(workshop / "baseline.yaml").to_dict()
    for other in ("age", "kind"):
        del tribe["task"]["targets"][other]
    tribe |= {"primary": "tribe.macro_f1", "start": start, "augmentation": []}
    tribe["model"] |= {"options": {}, "trainable": False}
    recipes = {
        "tribe": tribe | {"epochs": 1},
        "larger": {**base, "image_size": 32, "start": start | {"take": "all"}},
        "first": base,
        "second": {
            **base,
            "image_size": 32,
            "start": {"recipe": "first.yaml", "take": "all"},
        },
    }
    for name, content in recipes.items():
        text = yaml.safe_dump(content | {"name": name})
        (folder / f"{name}.yaml").write_text(text)
    return folder


@pytest.fixture(scope="module")
def rows(workshop):
    listed = task_rows(load_recipe(workshop / "baseline.yaml"), None)
    return lambda recipe: listed


def test_the_encoder_is_taken_for_other_targets(place, run_folder):
    run = train(place / "tribe.yaml", runs=place / "runs", cache="none")
    # frozen: it is as it was taken, though its recipe says no width
    model, first = run.model(), Run(run_folder)
    np.testing.assert_allclose(
        Encoder.of(model).features(BATCH),
        Encoder.of(first.model()).features(BATCH),
        rtol=1e-5,
    )
    assert heads_of(model).output_names == ["tribe"]
    assert run.info["lineage"][0]["key"] == first.info["key"]


def test_all_is_taken_at_another_size(place, rows, run_folder):
    plan = make_plan(place / "larger.yaml", runs=place, rows=rows)
    model, theirs = build_model(plan, {"age": 7.0}), Run(run_folder).model()
    assert Encoder.of(model).image_size == 32
    for one, other in (
        (Encoder.of(model).backbone, Encoder.of(theirs).backbone),
        (heads_of(model), heads_of(theirs)),
    ):
        assert len(one.weights) == len(other.weights) > 0
        for weight, there in zip(one.weights, other.weights, strict=True):
            np.testing.assert_array_equal(np.asarray(weight), np.asarray(there))


@pytest.mark.parametrize(
    ("recipe", "change", "words"),
    [
        ("tribe", {"start.take": "all"}, "for the target age .*here nothing"),
        ("larger", {"model.dense_units": 7}, "has dense_units None, here 7"),
        ("tribe", {"model.backbone": "mobilenet_v2"}, "backbone small_cnn, here mobil"),
    ],
)
def test_what_recipes_say_does_not_fit_is_refused(place, rows, recipe, change, words):
    with pytest.raises(StartError, match=words):
        make_plan(place / f"{recipe}.yaml", runs=place, overrides=change, rows=rows)


def test_an_encoder_of_another_shape_is_refused_with_both_shapes(place):
    recipe = load_recipe(place / "tribe.yaml", {"model.options.width": 6})
    both = r"\(3, 3, 3, 4\) here, .*\(3, 3, 3, 6\) there"
    with pytest.raises(SchemaError, match=both):
        require_trainable(recipe)


class Stopped(Exception):
    """Raised after the last step of an epoch."""


@pytest.mark.slow
def test_a_chain_is_trained_by_compare_and_resumed_to_the_same_bits(
    place, kpoc_command, killing, monkeypatch
):
    sides = (place / "first.yaml", place / "second.yaml")
    words = ("--seeds", 1, "--runs", place / "chain", "--out", place / "out")
    said = kpoc_command("compare", *sides, *words, "--resamples", 100).stdout
    assert said.count("\ntraining ") == 2 and "training 2 of 2: second" in said
    [file] = (place / "out").glob("*/comparison.json")
    first, second = json.loads(file.read_text())["sides"]
    assert (first["budget"]["epochs"], second["budget"]["epochs"]) == (1, 2)
    assert second["budget"]["train_seconds"] == pytest.approx(
        first["budget"]["train_seconds"] + second["cost"][0]["train_seconds"]
    )

    def stop(*_, **__):
        raise Stopped

    shutil.copytree(place / "chain/first", place / "again/first")
    with monkeypatch.context() as patch:
        patch.setattr(History, "on_epoch_end", stop)
        with pytest.raises(Stopped):
            train(place / "second.yaml", runs=place / "again", checkpoint_minutes=0)
    again = train(place / "second.yaml", runs=place / "again", resume=True)
    assert again.info["resumed"]
    [whole] = (place / "chain/second").iterdir()
    killing.assert_same_bits(whole, again.path)


@pytest.mark.slow
def test_what_is_missing_is_asked_by_compare_and_kept(place, workshop, kpoc_command):
    side = place / "first.yaml"
    words = (side, f"{side}@image_size=40,views=flip", "--seeds", 1)
    words += ("--runs", place / "chain", "--out", place / "out", "--resamples", 100)
    assert "predicting" in kpoc_command("compare", *words).stdout
    assert "predicting" not in kpoc_command("compare", *words).stdout
    refused = kpoc_command(
        "compare", side, f"{side}@image_size=9", *words[2:], status=1
    )
    assert "`image_size` must be at least 16" in refused.stderr
