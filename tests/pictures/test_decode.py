import os

import cv2
import numpy as np
import pytest

from kpoc.pictures.decode import examine, read_image
from kpoc.pictures.format import ImageFault, image_suffixes


def write(path, pixels):
    kind = path.suffix if path.suffix in image_suffixes() else ".png"
    path.write_bytes(cv2.imencode(kind, pixels)[1].tobytes())
    return path


def test_png_pixels_come_back_as_rgb(tmp_path):
    rgb = np.random.default_rng(0).integers(0, 256, (7, 9, 3), dtype="uint8")
    path = write(tmp_path / "a.png", rgb[..., ::-1])
    np.testing.assert_array_equal(read_image(path), rgb)


@pytest.mark.parametrize("content", [b"", b"not an image"])
def test_what_is_no_image_is_an_error_that_names_the_file(tmp_path, content):
    (tmp_path / "bad.jpg").write_bytes(content)
    with pytest.raises(ValueError, match=r"bad\.jpg"):
        read_image(tmp_path / "bad.jpg")


def test_what_cannot_be_opened_is_an_error_of_the_system(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_image(tmp_path / "none.jpg")


def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a.jpg")
    with pytest.raises(ImageFault, match="pipe") as caught:
        examine(tmp_path / "a.jpg")
    assert caught.value.kind == "not a file"


def picture(value=0, low=0, high=255, size=40):
    rng = np.random.default_rng(value)
    return rng.integers(low, high, (size, size, 3), dtype="uint8")


@pytest.mark.parametrize(
    ("name", "pixels", "note"),
    [
        ("a.jpg", picture(), None),
        ("a", picture(), None),
        ("a.xyz", picture(), None),
        ("a.png", picture(size=15), "tiny"),
        ("a.png", np.full((40, 40, 3), 128, np.uint8), "one colour"),
        ("a.png", picture(high=12), "almost black"),
        ("a.png", picture(low=200), None),
    ],
)
def test_oddities_are_noted(tmp_path, name, pixels, note):
    found = examine(write(tmp_path / name, pixels)).notes
    assert list(found) == ([note] if note else [])


def test_the_content_decides_and_a_wrong_name_is_noted(tmp_path):
    path = write(tmp_path / "a.png", picture()).rename(tmp_path / "a.JPG")
    found = examine(path)
    assert found.format == "PNG" and list(found.notes) == ["wrong name"]
    np.testing.assert_array_equal(read_image(path), picture()[..., ::-1])
