import cv2
import numpy as np
import pytest

from kpoc.data.decode import read_image


def test_png_pixels_come_back_as_rgb(tmp_path):
    rgb = np.random.default_rng(0).integers(0, 256, (7, 9, 3), dtype="uint8")
    cv2.imwrite(str(tmp_path / "a.png"), rgb[..., ::-1])
    np.testing.assert_array_equal(read_image(tmp_path / "a.png"), rgb)


def test_greyscale_becomes_three_equal_channels(tmp_path):
    grey = np.arange(63, dtype="uint8").reshape(7, 9)
    cv2.imwrite(str(tmp_path / "a.png"), grey)
    np.testing.assert_array_equal(
        read_image(tmp_path / "a.png"), np.repeat(grey[..., None], 3, axis=2)
    )


@pytest.mark.parametrize("content", [b"", b"not an image"])
def test_what_is_no_image_is_an_error_that_names_the_file(tmp_path, content):
    (tmp_path / "bad.jpg").write_bytes(content)
    with pytest.raises(ValueError, match=r"bad\.jpg"):
        read_image(tmp_path / "bad.jpg")
