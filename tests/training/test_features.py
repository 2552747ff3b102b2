"""A frozen backbone's features, computed once, give the very same training."""

import keras
import numpy as np
import pytest

from kpoc import models
from kpoc.batches.pipeline import Rows, load_pixels
from kpoc.batches.targets import prediction_table
from kpoc.models.loading import load
from kpoc.pictures.decode import read_image
from kpoc.recipe import load_recipe
from kpoc.runs.run import Run
from kpoc.training.features import are_constant, compute_once, divide
from kpoc.training.train import train

# batch norm and dropout: what would differ between training and inference
RECIPE = """
extends: {parent}
name: tiny/frozen
model:
  backbone: hybrid
  weights: null
  options: {{stem: convolutions, width: 16, depth: 1, heads: 2}}
  trainable: false
  dense_units: 16
  dropout: 0.3
augmentation: []
image_size: 32
"""


@pytest.fixture(scope="module")
def place(workshop, tmp_path_factory):
    folder = tmp_path_factory.mktemp("frozen")
    text = RECIPE.format(parent=workshop / "baseline.yaml")
    (folder / "mine.yaml").write_text(text)
    return folder


@pytest.fixture(scope="module")
def cache(place):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KPOC_CACHE", str(place / "cache"))
        yield place / "cache"


@pytest.fixture(scope="module")
def ordinary(place, cache):
    return train(place / "mine.yaml", runs=place / "ordinary", cache="none")


@pytest.fixture(scope="module")
def once(place, cache, ordinary):
    return train(place / "mine.yaml", runs=place / "once")


def numbers(run, split):
    return run.predictions(split).drop(columns="id").to_numpy()


def test_it_gives_the_numbers_that_it_would_without(ordinary, once):
    first, second = (run.history.drop(columns="seconds") for run in (ordinary, once))
    assert list(first) == list(second)
    np.testing.assert_allclose(second, first, rtol=1e-5, atol=1e-5)
    for split in ("validation", "test"):
        np.testing.assert_allclose(
            numbers(once, split), numbers(ordinary, split), rtol=1e-5, atol=1e-5
        )


@pytest.mark.slow
def test_a_recipe_whose_learning_rates_fall_with_depth_may_be_frozen(place, cache):
    # the heads have the full rate, so it is the training without
    run = train(place / "mine.yaml", runs=place / "decay", layer_decay=0.5, epochs=1)
    plain = train(place / "mine.yaml", runs=place / "plain", epochs=1)
    np.testing.assert_array_equal(
        numbers(run, "validation"), numbers(plain, "validation")
    )


def test_batch_norm_of_a_frozen_backbone_learns_nothing(ordinary, once):
    for run in (ordinary, once):
        kept = [
            layer
            for layer in run.model()._flatten_layers()
            if isinstance(layer, keras.layers.BatchNormalization)
        ]
        assert len(kept) == 4
        for layer in kept:
            # the state of random weights, not the statistics of any batch
            assert (np.asarray(layer.moving_mean) == 0).all()
            assert (np.asarray(layer.moving_variance) == 1).all()


def test_the_run_is_an_ordinary_one(ordinary, once):
    names = [sorted(p.name for p in run.path.iterdir()) for run in (ordinary, once)]
    assert names[0] == names[1]
    rows, paths = once.manifest.rows("validation"), once.manifest.paths("validation")
    images = np.stack([read_image(path) for path in paths])
    outputs = {k: np.asarray(v) for k, v in load(once.path)(images).items()}
    again = prediction_table(rows["id"], once.recipe.task.targets, outputs)
    for column in again.columns.drop("id"):
        saved = once.predictions("validation")[column]
        np.testing.assert_allclose(again[column], saved, rtol=2e-4, atol=2e-5)
    core = models.build(
        once.recipe.model, once.recipe.task, once.recipe.image_size
    ).get_layer("core")
    core.load_weights(once.path / "best.weights.h5")
    few = {name: np.asarray(value) for name, value in core(images).items()}
    for name, value in outputs.items():
        np.testing.assert_allclose(few[name], value, rtol=1e-5, atol=1e-5)


def test_the_run_says_so_and_its_time_counts(ordinary, once):
    assert once.info["features"] == {"computed": "once"}
    assert "features" not in ordinary.info
    plain, cost = ordinary.info["cost"], once.info["cost"]
    assert "features_seconds" not in plain
    assert 0 < cost["features_seconds"] < cost["train_seconds"]
    # two epochs of 5 steps of 32
    assert cost["images_per_second"] == pytest.approx(320 / cost["train_seconds"])
    for field in ("parameters", "trainable_parameters"):
        assert cost[field] == plain[field]
    for each in (plain, cost):
        assert 0 < each["evaluation_seconds"]


def test_another_training_finds_them_and_a_damaged_file_is_made_again(
    place, cache, once, capsys
):
    files = sorted(cache.glob("features/*/features.npy"))
    assert sorted(np.load(file).shape for file in files) == [(40, 16), (160, 16)]
    before = {file: np.load(file) for file in files}
    keras.utils.clear_session()
    keras.utils.set_random_seed(once.recipe.seed)
    recipe, manifest = once.recipe, once.manifest
    core = models.build(recipe.model, recipe.task, recipe.image_size).get_layer("core")
    splits = {
        split: Rows(manifest.paths(split), {}, recipe.image_size)
        for split in ("train", "validation")
    }
    hashes = {split: manifest.rows(split)["sha256"] for split in splits}

    def again():
        made = compute_once(core, splits, hashes, recipe.batch_size, False)
        assert sorted(cache.glob("features/*/features.npy")) == files
        return made.rows, capsys.readouterr().out

    rows, said = again()
    assert "computed once, by an earlier training, of 200 images" in said
    files[0].write_bytes(files[0].read_bytes()[:500])
    rows, said = again()
    assert "computed once, of 200 images" in said
    for file, values in before.items():
        np.testing.assert_allclose(np.load(file), values, rtol=1e-6, atol=1e-6)
    # the frozen part alone gives them
    body, _ = divide(core)
    pixels = load_pixels(splits["validation"].paths, recipe.image_size)
    np.testing.assert_allclose(
        rows["validation"].pixels, body.predict(pixels, verbose=0), rtol=1e-5, atol=1e-5
    )
    # other weights, other features
    core.layers[2].set_weights([w + 0.1 for w in core.layers[2].get_weights()])
    compute_once(core, splits, hashes, recipe.batch_size, False)
    assert len(list(cache.glob("features/*"))) == 4


@pytest.mark.slow
def test_a_killed_training_ends_as_if_it_had_never_stopped(place, cache, once, killing):
    words = ("mine.yaml", "--runs", "killed", "--resume", "--checkpoint-minutes", 0)
    path = place / "killed" / once.path.relative_to(place / "once")
    killing.kill_when(
        killing.start(place, *words), lambda: killing.position(path) >= (0, 2)
    )
    assert not Run(path).is_finished
    train(place / "mine.yaml", runs=place / "killed", resume=True)
    killing.assert_same_bits(once.path, path)


def test_recipes_whose_features_are_not_the_same_in_every_epoch():
    base = load_recipe("dogs13/mobilenet_v2")
    assert are_constant(base)
    for change in (
        {"model.trainable": True},
        {"augmentation": ["random_flip"]},
        {"cache": "none"},
    ):
        assert not are_constant(load_recipe(base, change))


TINY = {"patch_size": 8, "width": 16, "depth": 1, "heads": 2}


@pytest.mark.parametrize(
    ("backbone", "options", "divides"),
    [
        ("vit", TINY, True),
        ("vit", {**TINY, "dropout": 0.1}, False),
        ("small_cnn", {"width": 4, "stages": 2, "units": 8}, False),
    ],
)
def test_a_backbone_that_draws_random_numbers_is_not_divided(
    backbone, options, divides, capsys
):
    recipe = load_recipe(
        "dogs13/mobilenet_v2",
        {
            "model.backbone": backbone,
            "model.weights": None,
            "model.options": options,
            "image_size": 32,
        },
    )
    core = models.build(recipe.model, recipe.task, recipe.image_size).get_layer("core")
    parts = divide(core)
    assert (parts is not None) == divides
    if divides:
        images = np.random.default_rng(0).integers(0, 255, (2, 32, 32, 3), "uint8")
        whole = core(images)["breed"]
        np.testing.assert_allclose(parts[1](parts[0](images))["breed"], whole, 1e-6)
        assert parts[1].trainable_variables == core.trainable_variables
    else:
        assert compute_once(core, {}, {}, 2, False) is None
        assert "draws random numbers" in capsys.readouterr().out
