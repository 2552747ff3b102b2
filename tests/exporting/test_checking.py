import json
import shutil

import keras
import numpy as np
import pytest

from kpoc import Run
from kpoc.batches.targets import decode
from kpoc.exporting.checking import ExportError, Samples, check, draw_samples
from kpoc.exporting.serving import ImagesToSizeByMatrices, Predictions
from kpoc.models import ImagesToSize
from kpoc.recipe import Target

TARGETS = {
    "age": Target(kind="regression", loss="mae", metrics=["mae"], range=[0, 100]),
    "kind": Target(
        kind="categorical", loss="ldam", metrics=["accuracy"], classes=list("abc")
    ),
}
EXPECTED = {
    "age": np.array([10.0, 20.0, 30.0]),
    "kind": np.array([[0.5, 0.3, 0.2], [0.4, 0.41, 0.19], [0.1, 0.1, 0.8]]),
}
# the pictures are only numbers here, by which the functions below know the row
SAMPLES = Samples(
    stored=[np.full((1, 5, 4, 3), row, "uint8") for row in range(3)],
    resized=[np.full((1, 2, 2, 3), row, "uint8") for row in range(3)],
    expected=EXPECTED,
)


def shifted(age=0.0, kind=0.0, where=(2, 5)):
    def predict(images):
        row = int(images[0, 0, 0, 0])
        moved = images.shape[1] in where
        change = np.array([-kind, kind, 0.0]) * moved
        return {
            "age": EXPECTED["age"][row : row + 1] + age * moved,
            "kind": EXPECTED["kind"][row : row + 1] + change,
        }

    return predict


def test_small_differences_are_reported():
    report = check(SAMPLES, TARGETS, shifted(age=0.1, kind=0.0015))
    for kind in ("same_pixels", "own_size"):
        age, classes = report[kind]["age"], report[kind]["kind"]
        for which in ("max_difference", "mean_difference"):
            assert age[which] == pytest.approx(0.1)
            assert classes[which] == pytest.approx(0.0015)
        assert report[kind]["kind"]["equal_class"] == 1.0


def test_share_of_equal_classes():
    change = shifted(kind=-0.0059, where=(5,))

    def one_row(images):
        return change(images) if images[0, 0, 0, 0] == 1 else shifted()(images)

    report = check(SAMPLES, TARGETS, one_row)
    found = report["own_size"]["kind"]
    assert found["equal_class"] == pytest.approx(2 / 3)
    # one row may differ by more, where the pixels do, but not all of them
    assert found["max_difference"] == pytest.approx(0.0059)
    assert found["mean_difference"] == pytest.approx(0.0059 / 3)
    assert report["same_pixels"]["kind"]["equal_class"] == 1.0
    with pytest.raises(ExportError, match="kind .own size, mean.: by 0.0059, allowed"):
        check(SAMPLES, TARGETS, change)


def test_differences_are_errors_that_name_every_target():
    with pytest.raises(ExportError) as caught:
        check(SAMPLES, TARGETS, shifted(age=3.0, kind=0.1))
    text = str(caught.value)
    assert "age (same pixels, max): by 3, allowed 0.2" in text
    assert "kind (own size, mean): by 0.1, allowed 0.002" in text
    with pytest.raises(ExportError, match="age .own size, mean.: by 0.5") as caught:
        check(SAMPLES, TARGETS, shifted(age=0.5, where=(5,)))
    assert "same pixels" not in str(caught.value)


class NotAntialiased(ImagesToSize):
    """Resizes in a way that only images of another size tell from the right one."""

    def call(self, images):
        images = keras.ops.image.resize(
            keras.ops.cast(images, "float32"),
            (self.size, self.size),
            antialias=False,
            data_format="channels_last",
        )
        return keras.ops.clip(keras.ops.round(images), 0.0, 255.0)


def test_another_resize_is_found_out(run_folder):
    run = Run(run_folder)
    samples, recipe = draw_samples(run, rows=32), run.recipe
    core, targets = run.model().get_layer("core"), recipe.task.targets

    def predict(resize):
        images = keras.Input((None, None, 3), dtype="uint8")
        resized = keras.ops.cast(resize(recipe.image_size)(images), "uint8")
        return keras.Model(images, Predictions(targets)(core(resized)))

    check(samples, targets, predict(ImagesToSizeByMatrices))
    with pytest.raises(ExportError, match="own size, mean") as caught:
        check(samples, targets, predict(NotAntialiased))
    assert "same pixels" not in str(caught.value)


def test_what_is_no_number_is_a_difference():
    with pytest.raises(ExportError, match="nan"):
        check(SAMPLES, TARGETS, shifted(age=np.nan))


def test_another_shape_is_refused_not_broadcast():
    def column(images):
        outputs = shifted()(images)
        return outputs | {"age": outputs["age"][:, None]}

    with pytest.raises(ExportError, match=r"age must have the shape \(3,\)"):
        check(SAMPLES, TARGETS, column)


def test_samples_are_the_runs_own(run_folder):
    run = Run(run_folder)
    samples = draw_samples(run, rows=5)
    assert len(samples) == 5
    assert {image.shape for image in samples.stored} == {(1, 32, 32, 3)}
    assert {image.shape for image in samples.resized} == {(1, 24, 24, 3)}
    # the predictions that the training saved, and the served model's own
    saved = run.predictions("validation")
    rows = np.linspace(0, len(saved) - 1, 5).round().astype(int)
    np.testing.assert_allclose(samples.expected["age"], saved["age"][rows], rtol=1e-4)
    outputs = run.model()(np.concatenate(samples.stored))
    for name, target in run.recipe.task.targets.items():
        expected = decode(target, np.asarray(outputs[name]))
        np.testing.assert_allclose(samples.expected[name], expected, rtol=1e-4)


def test_more_rows_than_there_are_give_all(run_folder):
    run = Run(run_folder)
    assert len(draw_samples(run, rows=10_000)) == len(run.manifest.rows("validation"))
    with pytest.raises(ExportError, match="`rows` must be at least 1"):
        draw_samples(run, rows=0)


def test_images_that_were_moved_or_changed(run_folder, tmp_path):
    run = Run(run_folder)
    root = run.manifest.root
    moved = tmp_path / "elsewhere" / root.name
    shutil.copytree(root, moved)
    copy = tmp_path / "run"
    shutil.copytree(run_folder, copy)
    manifest = run.manifest
    manifest.meta["root"] = str(tmp_path / "gone" / root.name)
    manifest.save(copy / "manifest.parquet")

    with pytest.raises(ExportError, match="--data DIR") as caught:
        draw_samples(Run(copy), rows=7)
    assert "and 2 more" in str(caught.value)
    for folder in (moved, moved.parent):
        assert len(draw_samples(Run(copy), rows=7, data=folder)) == 7
    first = moved / manifest.rows("validation")["path"][0]
    first.write_bytes(manifest.paths("validation")[1].name.encode())
    with pytest.raises(ExportError, match="changed"):
        draw_samples(Run(copy), rows=7, data=moved)
    assert json.loads((copy / "run.json").read_text())["status"] == "finished"
