"""Batches without TensorFlow are those of tf.data, to the bit."""

import threading

import cv2
import numpy as np
import pytest

from kpoc.augmentation.chain import make_augmentations
from kpoc.batches.pipelines import arrays, tf_data
from kpoc.batches.pipelines.arrays import Batches
from kpoc.batches.rows import Rows
from kpoc.ground.schema import Component

SIZE, COUNT, BATCH, EPOCHS = 16, 22, 5, 3
CHAINS = {
    "nothing": [],
    "folded": ["random_flip", {"name": "random_affine", "degrees": 20}],
    "from originals": ["random_resized_crop", {"name": "color_jitter", "hue": 0.2}],
}


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    folder = tmp_path_factory.mktemp("images")
    rng = np.random.default_rng(0)
    paths = [folder / f"{number}.png" for number in range(COUNT)]
    for path in paths:
        shape = (*rng.integers(9, 40, 2), 3)
        cv2.imwrite(str(path), rng.integers(0, 256, shape, dtype="uint8"))
    labels = {
        "kind": np.arange(COUNT, dtype="int32"),
        "age": rng.normal(size=COUNT).astype("float32"),
    }
    weights = {name: rng.random(COUNT, "float32") for name in labels}
    return Rows(paths, labels, SIZE, weights=weights)


def kept(rows):
    pixels = arrays.load_pixels(rows.paths, SIZE)
    return Rows(rows.paths, rows.labels, SIZE, pixels, rows.weights)


def assert_same(ours, theirs):
    ours, theirs = list(ours), list(theirs.as_numpy_iterator())
    assert len(ours) == len(theirs) > 0
    for one, other in zip(ours, theirs, strict=True):
        assert len(one) == len(other)
        np.testing.assert_array_equal(one[0], other[0], strict=True)
        for mine, its in zip(one[1:], other[1:], strict=True):
            assert mine.keys() == its.keys()
            for name, values in mine.items():
                np.testing.assert_array_equal(values, its[name], strict=True)


def test_pixels_are_the_same(rows):
    done = []
    pixels = arrays.load_pixels(rows.paths, SIZE, done.append)
    np.testing.assert_array_equal(pixels, tf_data.load_pixels(rows.paths, SIZE))
    assert done == [COUNT]


@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize("chain", CHAINS)
def test_training_batches_are_the_same(rows, keep, chain):
    components = [Component.model_validate(each) for each in CHAINS[chain]]
    source = kept(rows) if keep else rows
    how = {"seed": 7, "epochs": EPOCHS, "first_step": 3}
    how["augmentations"] = make_augmentations(components)
    assert_same(
        arrays.training_batches(source, BATCH, **how),
        tf_data.training_batches(source, BATCH, **how),
    )


@pytest.mark.parametrize("keep", [True, False])
def test_evaluation_batches_are_the_same(rows, keep):
    source = kept(rows) if keep else rows
    assert_same(
        arrays.evaluation_batches(source, BATCH),
        tf_data.evaluation_batches(source, BATCH),
    )
    images = np.concatenate(list(arrays.evaluation_images(source, BATCH)))
    np.testing.assert_array_equal(images, kept(rows).pixels)


def test_some_batches_are_made_ahead_and_each_once():
    made, lock = [], threading.Lock()

    def make(number):
        with lock:
            made.append(number)
        return number

    batches = Batches(make, 9, threads=3)
    assert batches[0] == 0
    assert [batches[number] for number in range(1, 9)] == list(range(1, 9))
    assert sorted(made) == list(range(9))
    # `fit` looks at the first batch and then begins anew
    assert batches[0] == 0 and batches[0] == 0
    endless = batches.repeat()
    assert endless.num_batches is None and batches.num_batches == len(batches) == 9
    assert [endless[number] for number in range(7, 12)] == [7, 8, 0, 1, 2]


def test_an_error_in_a_thread_comes_out():
    def make(number):
        raise ValueError(f"batch {number}")

    with pytest.raises(ValueError, match="batch 0"):
        Batches(make, 3)[0]
