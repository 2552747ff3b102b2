"""Straight from files: small ones whole, large ones no larger than needed."""

import cv2
import numpy as np
import pytest
from scipy import ndimage

from kpoc.augmentation.chain import Chain
from kpoc.augmentation.files import LARGE, augment_files
from kpoc.augmentation.kinds.random_flip import RandomFlip
from kpoc.augmentation.kinds.random_resized_crop import RandomResizedCrop
from kpoc.augmentation.kinds.random_rotation import RandomRotation
from kpoc.augmentation.opencv import augment
from kpoc.pictures.decode import read_image, reducible_size

SIZE = (48, 48)


def run(source, function, *augmentations):
    rows = np.arange(len(source))
    return function(source, Chain(augmentations), rows, size=SIZE, seed=0, epoch=0)


@pytest.fixture(scope="module")
def photo(tmp_path_factory):
    """A large JPEG with shapes and some noise."""
    rng = np.random.default_rng(0)
    coarse = cv2.resize(rng.uniform(0, 255, (4, 5, 3)), (1200, 900))
    noisy = (coarse + rng.normal(0, 12, coarse.shape)).clip(0, 255).astype("uint8")
    path = tmp_path_factory.mktemp("photo") / "photo.jpg"
    cv2.imwrite(str(path), noisy, [cv2.IMWRITE_JPEG_QUALITY, 95])
    assert path.stat().st_size > LARGE and reducible_size(path) == (900, 1200)
    return path


def test_small_files_give_what_their_pixels_give(tmp_path):
    rng = np.random.default_rng(0)
    paths = []
    for number, shape in enumerate([(60, 80, 3), (200, 90, 3)]):
        paths.append(tmp_path / f"{number}.png")
        cv2.imwrite(str(paths[-1]), rng.integers(0, 256, shape, "uint8"))
    whole = run([read_image(path) for path in paths], augment, RandomResizedCrop())
    np.testing.assert_array_equal(run(paths, augment_files, RandomResizedCrop()), whole)


@pytest.mark.parametrize(
    "augmentations",
    [
        (RandomResizedCrop(scale=(0.3, 1.0)), RandomFlip()),
        (RandomResizedCrop(scale=(0.3, 1.0)), RandomRotation(degrees=30)),
        # too small a part to reduce anything
        (RandomResizedCrop(scale=(0.002, 0.002)),),
    ],
)
def test_a_reduced_photo_looks_like_the_whole_one(photo, augmentations):
    reduced = run([photo] * 8, augment_files, *augmentations)
    whole = run([read_image(photo)] * 8, augment, *augmentations)
    # the noise is averaged in another way; what remains is where things are
    difference = ndimage.uniform_filter(reduced - whole.astype(float), (1, 5, 5, 1))
    assert np.abs(difference).mean() < 0.7
    assert np.abs(difference).max() < 5.0


def test_the_decoder_is_asked_for_no_more_than_is_shown(photo):
    assert read_image(photo).shape == (900, 1200, 3)
    assert read_image(photo, reduced=200).shape == (225, 300, 3)
    # turned on its side by EXIF, sizes are those of the upright picture
    data = photo.read_bytes()
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
    segment = b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif
    turned = photo.with_name("turned.jpg")
    turned.write_bytes(data[:2] + segment + data[2:])
    assert reducible_size(turned) == (1200, 900)
    assert read_image(turned, reduced=200).shape == (300, 225, 3)


def test_a_file_without_an_image_is_named(tmp_path):
    path = tmp_path / "broken.jpg"
    path.write_bytes(b"\xff\xd8\xff" + bytes(LARGE))
    with pytest.raises(ValueError, match=r"broken\.jpg"):
        run([path], augment_files, RandomResizedCrop())
