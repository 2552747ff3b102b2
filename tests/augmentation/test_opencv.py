"""Pixels on a CPU: against NumPy and SciPy doing the same in plain steps."""

import numpy as np
import pytest
from scipy import ndimage

from kpoc.augmentation.chain import Chain
from kpoc.augmentation.kinds.color_jitter import ColorJitter
from kpoc.augmentation.kinds.gaussian_blur import GaussianBlur
from kpoc.augmentation.kinds.random_affine import RandomAffine
from kpoc.augmentation.kinds.random_erasing import RandomErasing
from kpoc.augmentation.kinds.random_flip import RandomFlip
from kpoc.augmentation.kinds.random_perspective import RandomPerspective
from kpoc.augmentation.kinds.random_resized_crop import RandomResizedCrop
from kpoc.augmentation.kinds.random_rotation import RandomRotation
from kpoc.augmentation.kinds.random_solarize import RandomSolarize
from kpoc.augmentation.opencv import augment

COUNT = 6


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).integers(0, 256, (COUNT, 24, 24, 3), "uint8")


def run(images, *augmentations, size=(24, 24)):
    rows = np.arange(len(images))
    return augment(images, Chain(augmentations), rows, size=size, seed=0, epoch=0)


def test_mirrors_and_quarter_turns_move_pixels_unchanged(images):
    both = run(images, RandomFlip(p=1.0), RandomFlip(p=1.0, direction="vertical"))
    np.testing.assert_array_equal(both, images[:, ::-1, ::-1])
    np.testing.assert_array_equal(run(images, RandomFlip(p=0.0)), images)
    turned = run(images, RandomRotation(degrees=(90, 90)))
    np.testing.assert_array_equal(turned, np.rot90(images, axes=(1, 2)))


def bilinear(image, matrix, size, fill):
    """The resample, point by point, in float64; positions are continuous."""
    y, x = np.mgrid[: size[0], : size[1]] + 0.5
    places = np.stack([x, y, np.ones_like(x)], axis=-1) @ matrix.T
    places = places[..., 1::-1] / places[..., 2:] - 0.5
    return np.stack(
        [
            ndimage.map_coordinates(
                image[..., c].astype(float),
                np.moveaxis(places, -1, 0),
                order=1,
                mode="grid-constant",
                cval=fill,
            )
            for c in range(3)
        ],
        axis=-1,
    )


@pytest.mark.parametrize(
    "augmentation",
    [
        RandomAffine(degrees=40, translate=0.2, scale=(0.6, 1.4), shear=10, fill=90),
        RandomPerspective(distortion_scale=0.7, p=1.0, fill=90),
    ],
)
def test_the_resample_is_bilinear_with_the_fill_outside(images, augmentation):
    size = (20, 28)
    chain = Chain([augmentation])
    draws = chain.draws(np.arange(COUNT), seed=0, epoch=0)
    plan = chain.plan(draws, (24, 24), size)
    out = run(images, augmentation, size=size)
    for image, matrix, seen in zip(images, plan.matrix, out, strict=True):
        expected = bilinear(image, matrix, size, 90)
        assert np.abs(seen - expected).max() < 0.51


def test_enlarging_to_the_edge_lets_no_fill_in():
    white = np.full((COUNT, 24, 24, 3), 255, np.uint8)
    crop = RandomResizedCrop(scale=(0.9, 1.0))
    assert run(white, crop, size=(60, 60)).min() == 255


def test_large_sources_are_averaged_not_picked_from():
    stripes = np.zeros((1, 240, 240, 3), np.uint8)
    stripes[:, ::2] = 200
    still = run(stripes, RandomFlip(p=0.0), size=(24, 24))
    np.testing.assert_array_equal(still, np.full_like(still, 100))
    slope = np.broadcast_to(
        np.arange(240, dtype=np.uint8)[None, :, None], (240, 240, 3)
    )
    turned = RandomAffine(degrees=(30, 30), scale=(0.8, 0.8), fill=90)
    chain = Chain([turned])
    draws = chain.draws(np.arange(1), seed=0, epoch=0)
    [matrix] = chain.plan(draws, (240, 240), (24, 24)).matrix
    inner = bilinear(np.ones((240, 240, 3)), matrix, (24, 24), 0)
    inner = ndimage.binary_erosion(inner[..., 0] > 0.99, iterations=2)
    assert inner.sum() > 100
    # the mean of many stripes, and of a slope, is known
    out = run([stripes[0]], turned, size=(24, 24))[0]
    assert np.abs(out - 100.0)[inner].max() < 3.0
    out = run([slope], turned, size=(24, 24))[0]
    expected = bilinear(slope, matrix, (24, 24), 90)
    assert np.abs(out - expected)[inner].max() < 1.0


def test_images_of_other_sizes_go_into_one_batch(images):
    mixed = [images[0], images[1][:, :10], np.tile(images[2], (3, 2, 1))]
    out = run(mixed, RandomResizedCrop(), size=(16, 16))
    for i, image in enumerate(mixed):
        rows = np.array([i])
        alone = augment(
            [image], Chain([RandomResizedCrop()]), rows, size=(16, 16), seed=0, epoch=0
        )
        np.testing.assert_array_equal(out[i], alone[0])


def test_colours_are_cut_off_once_at_the_end(images):
    out = run(
        images, ColorJitter(brightness=(2, 2)), ColorJitter(brightness=(0.5, 0.5))
    )
    assert np.abs(out.astype(int) - images).max() <= 1
    bright = run(images, ColorJitter(brightness=(2, 2)))
    np.testing.assert_array_equal(bright, np.minimum(images.astype(int) * 2, 255))


def test_blur_is_gaussian_with_a_mirrored_edge(images):
    out = run(images, GaussianBlur(kernel_size=9, sigma=(1.2, 1.2)))
    weights = np.exp(-(np.arange(-4, 5) ** 2) / (2 * 1.2**2))
    expected = images.astype(float)
    for axis in (1, 2):
        expected = ndimage.correlate1d(
            expected, weights / weights.sum(), axis=axis, mode="mirror"
        )
    assert np.abs(out - expected).max() < 0.51


def test_solarize_and_erase(images):
    out = run(images, RandomSolarize(threshold=128, p=1.0))
    np.testing.assert_array_equal(out, np.where(images >= 128, 255 - images, images))
    out = run(images, RandomErasing(p=1.0, value=(1, 2, 3)))
    for image, seen in zip(images, out, strict=True):
        changed = (seen != image).any(axis=-1)
        rows, columns = (
            np.where(changed.any(axis=1))[0],
            np.where(changed.any(axis=0))[0],
        )
        box = seen[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        assert (box == (1, 2, 3)).all()
