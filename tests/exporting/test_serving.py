import numpy as np
import pytest
from PIL import Image

from kpoc.batches.targets import decode
from kpoc.exporting.serving import ImagesToSizeByMatrices, Predictions
from kpoc.models import ImagesToSize
from kpoc.recipe import Target

SHAPES = [(200, 200), (333, 500), (97, 61), (40, 30), (24, 24), (1, 7)]


@pytest.mark.parametrize("shape", SHAPES)
def test_resize_is_that_of_pillow_and_of_the_saved_model(shape):
    size = 24
    image = np.random.default_rng(0).integers(0, 256, (*shape, 3), "uint8")
    ours = np.asarray(ImagesToSizeByMatrices(size)(image[None]))[0]
    assert ours.shape == (size, size, 3)
    for channel in range(3):
        # mode F: Pillow's antialiased filter in floats, not rounded between its passes
        exact = Image.fromarray(image[..., channel].astype("float32")).resize(
            (size, size), Image.Resampling.BILINEAR
        )
        assert np.abs(ours[..., channel] - np.asarray(exact)).max() <= 0.5 + 1e-3
    theirs = np.asarray(ImagesToSize(size)(image[None]))[0]
    assert np.abs(ours - theirs).max() <= 1
    assert (ours != theirs).mean() < 0.01


def test_images_of_a_batch_stay_apart():
    images = np.random.default_rng(1).integers(0, 256, (3, 31, 50, 3), "uint8")
    resize = ImagesToSizeByMatrices(16)
    alone = [np.asarray(resize(image[None])) for image in images]
    np.testing.assert_array_equal(np.concatenate(alone), resize(images))


def number(transform: str, span: list[float]) -> Target:
    return Target(
        kind="regression", loss="mae", metrics=["mae"], transform=transform, range=span
    )


def classes(*names: str) -> Target:
    return Target(
        kind="binary" if len(names) == 2 else "categorical",
        loss="ldam",
        metrics=["accuracy"],
        classes=list(names),
    )


TRANSFORMS = Target.model_fields["transform"].annotation.__args__


def test_predictions_are_those_of_decode():
    targets = {
        **{name: number(name, [1.0, 30.0]) for name in TRANSFORMS},
        "binary": classes("no", "yes"),
        "many": classes("a", "b", "c"),
    }
    rng = np.random.default_rng(2)
    outputs = {
        name: rng.normal(0, 3, (50, 3 if name == "many" else 1)).astype("float32")
        for name in targets
    }
    got = Predictions(targets)(outputs)
    assert list(got) == list(targets)
    for name, target in targets.items():
        expected = decode(target, outputs[name])
        assert tuple(got[name].shape) == expected.shape
        np.testing.assert_allclose(got[name], expected, rtol=1e-5, atol=1e-6)
    for name in TRANSFORMS:
        assert 1.0 == np.min(got[name]) < np.max(got[name]) <= 30.0
