"""A recipe that starts from the encoder of another run."""

import shutil

import numpy as np
import pytest
import yaml

from kpoc.models import Encoder
from kpoc.runs.run import Run
from kpoc.training.plan import make_plan
from kpoc.weights import locate

SMALL = ("epochs=1", "xla=false")


@pytest.fixture(scope="module")
def first(kpoc_here, workshop):
    return trained(kpoc_here, "baseline.yaml", "--runs", "first")


def trained(command, *words):
    said = command("train", *words, *SMALL).stdout
    return Run(command.folder / said.splitlines()[-1].removeprefix("run: "))


def key(recipe, weights):
    return make_plan(recipe, overrides={"model.weights": str(weights)}).run.path.name


def test_another_task_starts_from_the_encoder_of_a_run(kpoc_here, workshop, first):
    recipe = first.recipe.to_dict()
    recipe |= {"image_size": 32, "primary": "tribe.macro_f1", "name": "tiny/tribe"}
    del recipe["task"]["targets"]["age"], recipe["task"]["targets"]["kind"]
    recipe["model"] |= {"trainable": False, "weights": str(first.path)}
    (workshop / "tribe.yaml").write_text(yaml.safe_dump(recipe))
    second = trained(kpoc_here, "tribe.yaml", "augmentation=[]")
    assert list(second.recipe.task.targets) == ["tribe"]

    # frozen: it has the first one's weights still, at its own size
    batch = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3), "uint8")
    np.testing.assert_allclose(
        Encoder.of(second.model()).features(batch),
        Encoder.of(first.model()).at(32).features(batch),
        atol=1e-6,
    )
    said, info = second.info["weights"], first.info
    assert (said["name"], said["path"]) == (None, str(first.path))
    assert said["origin"] == "encoder of tiny/baseline, seed 0"
    assert said["run"]["data"]["digest"] == first.manifest.digest
    assert said["run"]["data"]["counts"] == first.manifest.counts
    assert said["run"]["weights"] == info["weights"]
    assert f"{said['origin']}, SHA-256 {said['sha256']}" in second.card.read_text()


def test_the_key_is_of_the_weights_and_not_of_where_they_lie(workshop, first, tmp_path):
    recipe = workshop / "baseline.yaml"
    shutil.copytree(first.path, tmp_path / "elsewhere")
    assert key(recipe, tmp_path / "elsewhere") == key(recipe, first.path)
    model = first.model()
    Encoder.of(model).backbone.weights[0].assign_add(np.full((3, 3, 3, 4), 1e-3))
    model.save(tmp_path / "elsewhere/model.keras")
    changed = key(recipe, tmp_path / "elsewhere")
    assert changed != key(recipe, first.path)
    # saved again it is the same
    model.save(tmp_path / "elsewhere/model.keras")
    assert key(recipe, tmp_path / "elsewhere") == changed


def test_what_does_not_fit_is_named(workshop, first, tmp_path):
    from kpoc import models
    from kpoc.recipe import load_recipe

    def build(**changes):
        overrides = {"model.weights": str(first.path)} | changes
        recipe = load_recipe(workshop / "baseline.yaml", overrides)
        return models.build(recipe.model, recipe.task, 32)

    with pytest.raises(ValueError, match="backbone mobilenet_v2.*run of small_cnn"):
        build(**{"model.backbone": "mobilenet_v2", "model.weights": str(first.path)})
    with pytest.raises(ValueError, match=r"\(3, 3, 3, 4\) here.*\(3, 3, 3, 6\) there"):
        build(**{"model.options.width": 6})

    with pytest.raises(ValueError, match=r"one run, such as .*first.*"):
        locate(str(first.path.parent))
    shutil.copytree(first.path, tmp_path / "run")
    Run(tmp_path / "run").write(status="running")
    with pytest.raises(ValueError, match="finished run.*'running'"):
        locate(str(tmp_path / "run"))
    Run(tmp_path / "run").write(status="finished")
    (tmp_path / "run" / "model.keras").write_bytes(b"PK")
    with pytest.raises(ValueError, match="whole"):
        locate(str(tmp_path / "run")).record()
