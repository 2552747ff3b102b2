"""One predictor: by views, at sizes, and what a run keeps of it."""

import shutil

import keras
import numpy as np
import pytest

from kpoc.batches.targets import decode
from kpoc.inference.kept import ImagesMissing, is_kept, keep_predictions
from kpoc.inference.predict import predict
from kpoc.inference.predictor import Predictor
from kpoc.inference.view import VIEWS, View, make_view
from kpoc.inference.views.flip import Flip
from kpoc.models import Encoder
from kpoc.models.encoder import heads_of
from kpoc.pictures.decode import read_image
from kpoc.pictures.resize import to_size
from kpoc.protocols.manifest import Manifest
from kpoc.recipe import Target
from kpoc.recipe.inference import Inference
from kpoc.runs.run import Run


@pytest.fixture(scope="module")
def asked_run(run_folder, tmp_path_factory):
    """A copy of a finished run, which tests may add to."""
    folder = tmp_path_factory.mktemp("asked") / run_folder.name
    return Run(shutil.copytree(run_folder, folder))


def target(kind, **rest):
    return Target(
        kind=kind,
        metrics=["accuracy"],
        loss={"name": "sparse_categorical_crossentropy"},
        **rest,
    )


class Corners(View):
    """Two corners of a larger image."""

    def side(self, image_size):
        return image_size + 2

    def views(self, images, image_size):
        return [images[:, :image_size, :image_size], images[:, 2:, 2:]]


@pytest.fixture(scope="module")
def two_logits():
    """A model whose two logits are the means of the left and the right half."""
    images = keras.Input((4, 4, 3), dtype="uint8")
    x = keras.ops.cast(images, "float32")
    left, right = (
        keras.ops.mean(half, axis=(1, 2, 3)) / 64 for half in (x[:, :, :2], x[:, :, 2:])
    )
    both = keras.layers.Identity(name="kind")(keras.ops.stack([left, right], -1))
    return keras.Model(images, {"kind": both})


def chances(images):
    halves = [images[:, :, :2], images[:, :, 2:]]
    left, right = (half.mean(axis=(1, 2, 3)) / 64 for half in halves)
    return 1 / (1 + np.exp(left - right))


@pytest.mark.parametrize(
    ("view", "of_two"),
    [
        (None, lambda image: [image]),
        (Flip(), lambda image: [image, image[:, :, ::-1]]),
        (Corners(), lambda image: [image[:, :4, :4], image[:, 2:, 2:]]),
    ],
)
def test_probabilities_of_all_views_are_averaged(two_logits, view, of_two):
    from kpoc.batches.pipeline import Rows

    targets = {"kind": target("categorical", classes=["a", "b"])}
    predictor = Predictor(two_logits, targets, 4, view)
    side = predictor.side
    images = np.random.default_rng(0).integers(0, 256, (5, side, side, 3), "uint8")
    rows = Rows([str(number) for number in range(5)], {}, side, images)
    predicted = predictor.predict(list("abcde"), rows, 2)
    expected = np.mean([chances(one.astype(float)) for one in of_two(images)], axis=0)
    np.testing.assert_allclose(predicted.table["kind.b"], expected, atol=1e-6)
    np.testing.assert_allclose(predicted.table["kind.a"], 1 - expected, atol=1e-6)
    assert predicted.table["id"].tolist() == list("abcde") and predicted.seconds > 0


def test_every_kind_of_views_gives_images_of_the_models_size():
    assert {"one", "flip"} <= set(VIEWS.names())
    for name in VIEWS.names():
        view = make_view(Inference.parse(f"views={name}").views)
        images = np.zeros((2, view.side(8), view.side(8), 3), "uint8")
        assert {one.shape for one in view.views(images, 8)} == {(2, 8, 8, 3)}


def test_a_run_is_asked_at_another_size_by_two_views(asked_run):
    asked = Inference.parse("image_size=40,views=flip")
    assert not is_kept(asked_run, asked)
    keep_predictions(asked_run, asked)
    assert is_kept(asked_run, asked)
    label = "image_size=40,views=flip"
    noted = asked_run.info["inference"][label]
    assert 0 < noted["latency_ms"]["p50"] and 0 < noted["evaluation_seconds"]

    # by the encoder alone, on pixels of this size
    core = asked_run.model().get_layer("core")
    encoder, targets = Encoder.of(core).at(40), asked_run.recipe.task.targets
    paths = asked_run.manifest.paths("test")
    images = np.stack([to_size(read_image(path), 40) for path in paths])
    found = [
        heads_of(core)(encoder.features(one)) for one in (images, images[:, :, ::-1])
    ]
    kept = asked_run.predictions("test", label)
    assert kept["id"].tolist() == asked_run.manifest.rows("test")["id"].tolist()
    for name, each in targets.items():
        mean = np.mean([decode(each, np.asarray(one[name])) for one in found], axis=0)
        columns = [f"{name}.{label}" for label in each.classes or ()] or name
        np.testing.assert_allclose(kept[columns], mean, rtol=1e-4, atol=1e-4)
    table, _ = predict(asked_run, paths[:3], inference=asked)
    for column in kept.columns.drop("id"):
        np.testing.assert_allclose(table[column], kept[column][:3], rtol=1e-4)


def test_settings_that_are_those_of_the_training_are_its_own_predictions(asked_run):
    before = sorted(asked_run.path.iterdir())
    same = Inference.parse("image_size=24,views=one")
    keep_predictions(asked_run, same)
    assert sorted(asked_run.path.iterdir()) == before
    path = asked_run.manifest.paths("test")[:4]
    plain, _ = predict(asked_run, path)
    asked, _ = predict(asked_run, path, inference=same)
    assert plain.equals(asked)


def test_what_cannot_be_asked_is_said_and_nothing_is_written(
    asked_run, tmp_path, monkeypatch
):
    before = sorted(asked_run.path.iterdir())
    with pytest.raises(ValueError, match="`image_size` must be at least 16 .*: 9"):
        keep_predictions(asked_run, Inference.parse("image_size=9"))
    manifest = asked_run.manifest
    moved = Manifest(manifest.table, manifest.meta | {"root": str(tmp_path)})
    monkeypatch.setattr(Run, "manifest", moved)
    with pytest.raises(ImagesMissing, match="in --data DIR. Received:\n- .*none of"):
        keep_predictions(asked_run, Inference.parse("views=flip"))
    assert sorted(asked_run.path.iterdir()) == before
