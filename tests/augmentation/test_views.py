"""Views: each a function of its number, all from one decode, the same everywhere."""

import cv2
import numpy as np
import pytest

from kpoc.augmentation import files as files_module
from kpoc.augmentation.chain import Chain
from kpoc.augmentation.files import LARGE
from kpoc.augmentation.kinds.color_jitter import ColorJitter
from kpoc.augmentation.kinds.random_flip import RandomFlip
from kpoc.augmentation.kinds.random_resized_crop import RandomResizedCrop
from kpoc.augmentation.opencv import augment
from kpoc.augmentation.views import Views, views_of_files, views_of_images
from kpoc.batches.pipelines import arrays, tf_data
from kpoc.batches.rows import Rows
from kpoc.pictures.decode import read_image

COUNT, BATCH = 13, 4
GLOBAL = Chain([RandomResizedCrop(scale=(0.4, 1.0)), RandomFlip()])
LOCAL = Chain([RandomResizedCrop(scale=(0.05, 0.4)), ColorJitter(hue=0.2)])
CROPS = [Views(GLOBAL, 2, 32, "global"), Views(LOCAL, 3, 16, "local")]


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    folder = tmp_path_factory.mktemp("images")
    rng = np.random.default_rng(0)
    found = [folder / f"{number}.png" for number in range(COUNT)]
    for path in found:
        shape = (*rng.integers(20, 60, 2), 3)
        cv2.imwrite(str(path), rng.integers(0, 256, shape, dtype="uint8"))
    return found


def labelled(paths, pixels=None):
    return Rows(paths, {"y": np.arange(len(paths), dtype="int32")}, 24, pixels)


def test_each_view_is_what_its_number_says(paths):
    images, numbers = [read_image(path) for path in paths], np.arange(COUNT) + 5
    made = views_of_images(images, CROPS, numbers, seed=3, epoch=2)
    assert made["global"].shape == (COUNT, 2, 32, 32, 3)
    assert made["local"].shape == (COUNT, 3, 16, 16, 3)
    assert made["global"].dtype == np.uint8
    for name, chain, first in (("global", GLOBAL, 0), ("local", LOCAL, 2)):
        for number in range(made[name].shape[1]):
            alone = augment(
                images[4:6],
                chain,
                numbers[4:6],
                size=made[name].shape[2:4],
                seed=3,
                epoch=2,
                first_view=first + number,
            )
            np.testing.assert_array_equal(made[name][4:6, number], alone)
    assert (made["global"][:, 0] != made["global"][:, 1]).any(axis=(1, 2, 3)).all()


def test_files_give_what_their_pixels_give_from_one_decode(paths, monkeypatch):
    images, numbers = [read_image(path) for path in paths], np.arange(COUNT)
    whole = views_of_images(images, CROPS, numbers, seed=0, epoch=1)
    read = []

    def counted(path, *given):
        read.append(path)
        return read_image(path, *given)

    monkeypatch.setattr(files_module, "read_image", counted)
    made = views_of_files(paths, CROPS, numbers, seed=0, epoch=1)
    assert read == paths
    for name, pictures in whole.items():
        np.testing.assert_array_equal(made[name], pictures)


def test_a_large_photo_is_decoded_as_its_finest_view_needs_it(tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    path = tmp_path / "photo.jpg"
    noise = rng.integers(0, 256, (900, 1200, 3), dtype="uint8")
    cv2.imwrite(str(path), noise)
    assert path.stat().st_size > LARGE
    asked = []

    def counted(path, enough):
        asked.append(enough)
        return read_image(path, enough)

    monkeypatch.setattr(files_module, "read_image", counted)
    full = Chain([RandomResizedCrop(scale=(1.0, 1.0), ratio=(4 / 3, 4 / 3))])
    tenth = Chain([RandomResizedCrop(scale=(0.01, 0.01), ratio=(4 / 3, 4 / 3))])
    coarse, fine = Views(full, 1, 30, "coarse"), Views(tenth, 2, 30, "fine")
    for views in ([coarse], [coarse, fine]):
        views_of_files([path], views, np.array([0]), seed=0, epoch=0)
    # 30 lines are enough for the whole picture, 300 for a tenth of it
    assert asked == [30, 300]


@pytest.mark.parametrize("place", ["files", "kept"])
@pytest.mark.parametrize("with_labels", [True, False])
def test_tf_data_and_arrays_give_the_same(paths, place, with_labels):
    views, rows = CROPS, labelled(paths)
    if place == "kept":
        flips = Chain([RandomFlip(), ColorJitter(brightness=0.3)])
        views = [Views(flips, 2, 24)]
        rows = labelled(paths, arrays.load_pixels(paths, 24))
        streamed = arrays.view_batches(labelled(paths), BATCH, views, seed=7, epochs=1)
        kept = arrays.view_batches(rows, BATCH, views, seed=7, epochs=1)
        for one, other in zip(streamed, kept, strict=True):
            np.testing.assert_array_equal(one["views"], other["views"])
    how = {"seed": 7, "epochs": 3, "first_step": 2, "labelled": with_labels}
    ours = list(arrays.view_batches(rows, BATCH, views, **how))
    theirs = tf_data.view_batches(rows, BATCH, views, **how)
    assert len(ours) == 7
    for one, other in zip(ours, theirs.as_numpy_iterator(), strict=True):
        if with_labels:
            np.testing.assert_array_equal(one[1]["y"], other[1]["y"])
            one, other = one[0], other[0]
        assert list(one) == [each.name for each in views] and one.keys() == other.keys()
        for name, pictures in one.items():
            np.testing.assert_array_equal(pictures, other[name], strict=True)


def test_what_cannot_be_is_refused(paths):
    with pytest.raises(ValueError, match="hold an augmentation.*Received: none"):
        Views(Chain())
    with pytest.raises(ValueError, match="1 or more. Received: 0 and 224"):
        Views(GLOBAL, 0)
    for views in ([], [Views(GLOBAL), Views(LOCAL)]):
        with pytest.raises(ValueError, match="names of their own. Received"):
            arrays.view_batches(labelled(paths), BATCH, views, seed=0, epochs=1)
