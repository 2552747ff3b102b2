"""Batches: what epoch k holds, augmentation, and the two ways of getting pixels."""

import cv2
import numpy as np
import pytest

from kpoc.augmentation.chain import Chain
from kpoc.augmentation.kinds.random_flip import RandomFlip
from kpoc.augmentation.kinds.random_resized_crop import RandomResizedCrop
from kpoc.augmentation.opencv import augment
from kpoc.batches.order import epoch_order
from kpoc.batches.pipeline import (
    Rows,
    evaluation_batches,
    load_pixels,
    training_batches,
)
from kpoc.pictures.decode import read_image

SIZE, COUNT, BATCH = 16, 22, 5


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    folder = tmp_path_factory.mktemp("images")
    rng = np.random.default_rng(0)
    files = []
    for number in range(COUNT):
        picture = rng.integers(0, 256, (20, 24, 3), dtype="uint8")
        files.append(folder / f"{number}.png")
        cv2.imwrite(str(files[-1]), picture)
    return files


@pytest.fixture(scope="module")
def pixels(paths):
    return load_pixels(paths, SIZE)


def rows(paths, pixels=None):
    return Rows(paths, {"y": np.arange(len(paths), dtype="int32")}, SIZE, pixels)


def epochs_of(dataset, steps):
    batches = [(images.numpy(), labels["y"].numpy()) for images, labels in dataset]
    return [batches[i : i + steps] for i in range(0, len(batches), steps)]


def train(source, first=0, epochs=3, seed=0, augmentations=None):
    dataset = training_batches(
        source,
        BATCH,
        seed=seed,
        first_step=first * (len(source) // BATCH),
        epochs=epochs,
        augmentations=augmentations,
    )
    return epochs_of(dataset, len(source) // BATCH)


def test_kept_pixels_and_files_give_the_same_batches(paths, pixels):
    flips = Chain([RandomFlip()])
    for a, b in zip(
        train(rows(paths, pixels), augmentations=flips),
        train(rows(paths), augmentations=flips),
        strict=True,
    ):
        for (images_a, y_a), (images_b, y_b) in zip(a, b, strict=True):
            np.testing.assert_array_equal(images_a, images_b)
            np.testing.assert_array_equal(y_a, y_b)


def test_crops_are_taken_from_the_original_images(paths, pixels):
    chain = Chain([RandomResizedCrop(scale=(0.1, 0.3)), RandomFlip()])
    kept = train(rows(paths, pixels), epochs=1, augmentations=chain)
    files = train(rows(paths), epochs=1, augmentations=chain)
    for (images, labels), (again, _) in zip(kept[0], files[0], strict=True):
        np.testing.assert_array_equal(images, again)
        originals = [read_image(paths[row]) for row in labels]
        size = (SIZE, SIZE)
        expected = augment(originals, chain, labels, size=size, seed=0, epoch=0)
        np.testing.assert_array_equal(images, expected)


def test_an_epoch_is_a_permutation_that_seed_and_epoch_decide(paths, pixels):
    source = rows(paths, pixels)
    labels = [np.concatenate([y for _, y in epoch]) for epoch in train(source)]
    for epoch, seen in enumerate(labels):
        assert len(set(seen)) == BATCH * (COUNT // BATCH)
        assert seen.tolist() == epoch_order(COUNT, 0, epoch)[: len(seen)].tolist()
    assert not np.array_equal(labels[0], labels[1])
    other = np.concatenate([y for _, y in train(source, epochs=1, seed=1)[0]])
    assert not np.array_equal(labels[0], other)


def test_starting_at_an_epoch_gives_what_an_uninterrupted_training_had(paths, pixels):
    source, flips = rows(paths, pixels), Chain([RandomFlip()])
    whole = train(source, augmentations=flips)
    resumed = train(source, first=2, augmentations=flips)
    assert len(resumed) == 1
    for (images_a, y_a), (images_b, y_b) in zip(whole[2], resumed[0], strict=True):
        np.testing.assert_array_equal(images_a, images_b)
        np.testing.assert_array_equal(y_a, y_b)


def test_images_stay_with_their_labels_and_flips_differ_by_epoch(paths, pixels):
    flipped = []
    flips = Chain([RandomFlip()])
    for epoch in train(rows(paths, pixels), epochs=6, augmentations=flips):
        seen = {}
        for images, labels in epoch:
            for image, label in zip(images, labels, strict=True):
                original = pixels[label]
                same = np.array_equal(image, original)
                assert same or np.array_equal(image, original[:, ::-1])
                seen[int(label)] = not same
        flipped.append(seen)
    shares = [np.mean(list(seen.values())) for seen in flipped]
    assert 0.2 < np.mean(shares) < 0.8
    common = set(flipped[0]) & set(flipped[1])
    assert any(flipped[0][row] != flipped[1][row] for row in common)


def test_augmentation_leaves_the_kept_pixels_alone(paths, pixels):
    before = pixels.copy()
    train(rows(paths, pixels), augmentations=Chain([RandomFlip(p=1.0)]))
    np.testing.assert_array_equal(pixels, before)


@pytest.mark.parametrize("keep", [True, False])
def test_evaluation_gives_every_row_once_in_order(paths, pixels, keep):
    source = rows(paths, pixels if keep else None)
    assert evaluation_batches(source, BATCH).cardinality() == 5
    batches = list(evaluation_batches(source, BATCH))
    assert [len(images) for images, _ in batches] == [5, 5, 5, 5, 2]
    labels = np.concatenate([y["y"].numpy() for _, y in batches])
    assert labels.tolist() == list(range(COUNT))
    images = np.concatenate([x.numpy() for x, _ in batches])
    np.testing.assert_array_equal(images, pixels)


def test_validation_sees_what_the_saved_model_sees(paths, pixels):
    from kpoc.models import ImagesToSize

    for path, kept in zip(paths[:4], pixels, strict=False):
        served = np.asarray(ImagesToSize(SIZE)(read_image(path)[None]))[0]
        np.testing.assert_array_equal(served, kept)


def test_fewer_rows_than_a_batch_is_an_error(paths):
    with pytest.raises(ValueError, match="`batch_size`.*3.*Received: 5"):
        train(rows(paths[:3]))
