"""TFViTForImageClassification, literally: its numbers; whole trainings beside ours."""

import json
import os
from pathlib import Path

import keras
import numpy as np
import pytest

from kpoc import models
from kpoc.batches.targets import prediction_table
from kpoc.ground.environments import ENVIRONMENTS, Environment, EnvironmentMissing
from kpoc.models import ViT
from kpoc.models.loading import load
from kpoc.models.stand_ins import stand_in_for
from kpoc.pictures.decode import read_image
from kpoc.recipe import load_recipe
from kpoc.recipe.model_choice import choose_model
from kpoc.runs.run import Run

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "tests" / "reference"
SMALL = "patch_size: 8, width: 24, depth: 2, heads: 3"
TFVIT = ENVIRONMENTS["tfvit"]


def test_its_logits_and_hidden_states_are_ours():
    vectors = np.load(REFERENCE / "tfvit.npz")
    vit = ViT.from_huggingface(REFERENCE / "hf_vit_tiny")
    images = vectors["pixel_values"].transpose(0, 2, 3, 1)
    logits = keras.ops.convert_to_numpy(vit(images))
    np.testing.assert_allclose(logits, vectors["logits"], rtol=1e-5, atol=1e-5)
    for ours, theirs in zip(
        vit.hidden_states(images), vectors["hidden_states"], strict=True
    ):
        np.testing.assert_allclose(np.asarray(ours), theirs, rtol=1e-4, atol=1e-5)


def test_what_it_starts_from_is_the_native_vit_at_the_size_of_the_images():
    folder = str(REFERENCE / "hf_vit_tiny")
    native, ours = (models.get_backbone(n).build(48, folder) for n in ("vit", "tfvit"))
    images = np.random.default_rng(0).integers(0, 256, (2, 48, 48, 3)).astype("float32")
    np.testing.assert_allclose(ours(images), native(images), rtol=1e-5, atol=1e-5)
    assert ours.get_layer("vit").config["image_size"] == [48, 48]


def test_other_models_are_trained_themselves():
    core = keras.Sequential()
    assert stand_in_for(core, None).model is core
    entries = map(models.get_backbone, models.backbone_names())
    assert [e.name for e in entries if e.stand_in or e.environment] == ["tfvit"]


def test_recipes_are_those_of_the_vit():
    for name in ("portraits/baseline", "dogs13/mobilenet_v2", "dogs120/hybrid"):
        recipe, changes = choose_model(name, "tfvit")
        ours = load_recipe(recipe, changes).to_dict()
        native = load_recipe(choose_model(name, "vit")[0]).to_dict()
        assert ours["model"]["backbone"] == "tfvit"
        differing = {key for key in ours if ours[key] != native[key]}
        assert differing == {"name", "description", "model"}


def test_without_its_environment_the_way_there_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("KPOC_TFVIT_PYTHON", raising=False)
    elsewhere = Environment("tfvit", {"no-such-distribution": 1})
    with pytest.raises(EnvironmentMissing, match=r"make tfvit.*kpoc\[tfvit\].*KPOC_TF"):
        elsewhere.python()
    python = tmp_path / ".venv-tfvit" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.touch()
    assert elsewhere.python() == ".venv-tfvit/bin/python"
    monkeypatch.setenv("KPOC_TFVIT_PYTHON", str(tmp_path / "nowhere"))
    with pytest.raises(EnvironmentMissing, match="nowhere"):
        elsewhere.python()
    assert not Environment("x", {"keras": 2}).is_here
    assert Environment("x", {"keras": 3}).is_here


@pytest.fixture(scope="module")
def python():
    """The environment's Python; who has none does not run these."""
    found = os.environ.get(TFVIT.variable) or str(ROOT / ".venv-tfvit/bin/python")
    if not Path(found).is_file():
        pytest.skip(f"needs {found} (make tfvit)")
    return found


@pytest.fixture(scope="module")
def compared(workshop, kpoc_command, python, tmp_path_factory):
    """A ViT and TFViT, compared; each trained with one seed."""
    folder = tmp_path_factory.mktemp("tfvit")
    for name, more in (("vit", ", stochastic_depth: 0"), ("tfvit", "")):
        (folder / f"{name}.yaml").write_text(
            f"extends: portraits/{name}\nname: tiny/{name}\n"
            f"task: {{protocol: {workshop}/tiny.yaml, groups: [kind, tribe]}}\n"
            f"model: {{options: {{{SMALL}{more}}}, freeze: block_0/attention$}}\n"
            "image_size: 32\nepochs: 2\nlayer_decay: 0.9\n"
        )
    sides = [folder / "vit.yaml", folder / "tfvit.yaml"]
    kpoc_command(
        *("compare", *sides, "--seeds", 1, "--resamples", 200, "--out", folder),
        *("--runs", folder),
        **{TFVIT.variable: python},
    )
    [ours] = (folder / "tiny" / "vit").glob("*-seed0")
    [theirs] = (folder / "tiny" / "tfvit").glob("*-seed0")
    return Run(ours), Run(theirs), folder


@pytest.mark.slow
def test_a_whole_training_goes_as_ours_does(compared):
    ours, theirs, _ = compared
    first, second = (run.history.drop(columns="seconds") for run in (ours, theirs))
    assert list(first) == list(second)
    losses = [column for column in first if "loss" in column]
    np.testing.assert_allclose(second[losses], first[losses], rtol=2e-3)
    for split in ("validation", "test"):
        a, b = (run.predictions(split).drop(columns="id") for run in (ours, theirs))
        np.testing.assert_allclose(b, a, rtol=1e-2, atol=1e-2)
    costs = [run.info["cost"] for run in (ours, theirs)]
    assert costs[0]["trainable_parameters"] == costs[1]["trainable_parameters"]


@pytest.mark.slow
def test_the_run_is_an_ordinary_one_that_needs_no_tfvit(compared):
    ours, theirs, folder = compared
    assert {p.name for p in ours.path.iterdir()} == {
        p.name for p in theirs.path.iterdir()
    }
    stood = theirs.info["stand_in"]
    assert stood["class"] == "transformers.TFViTForImageClassification"
    assert stood["versions"]["transformers"].startswith("4.57")
    assert 0 < stood["largest_difference"] < 1e-4
    # the saved model, here, gives what TFViT predicted there
    rows, paths = theirs.manifest.rows("test"), theirs.manifest.paths("test")
    images = np.stack([read_image(path) for path in paths])
    model = load(theirs.path)
    outputs = {name: np.asarray(value) for name, value in model(images).items()}
    again = prediction_table(rows["id"], theirs.recipe.task.targets, outputs)
    saved = theirs.predictions("test")
    for column in saved.columns.drop("id"):
        np.testing.assert_allclose(again[column], saved[column], rtol=2e-4, atol=2e-5)
    [page] = folder.glob("*/index.html")
    assert "tiny/tfvit" in page.read_text("utf-8")
    [file] = folder.glob("*/comparison.json")
    names = [side["name"] for side in json.loads(file.read_text())["sides"]]
    assert names == ["tiny/vit", "tiny/tfvit"]


@pytest.mark.slow
def test_what_it_has_no_layer_for_is_refused(kpoc_command, workshop, python):
    done = kpoc_command(
        *("train", workshop / "baseline.yaml", "model.backbone=tfvit"),
        *("model.dense_units=8", "image_size=32"),
        f"model.options={{{SMALL}}}",
        status=1,
        **{TFVIT.variable: python},
    )
    assert "model.dense_units=null model.dropout=0" in done.stderr
