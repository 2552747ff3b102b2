import io
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image, ImageOps

from kpoc.pictures.decode import decode
from kpoc.pictures.format import ImageFault

RNG = np.random.default_rng(0)
RGB = RNG.integers(0, 256, (11, 17, 3), dtype="uint8")
ALPHA = RNG.integers(0, 256, (11, 17, 1), dtype="uint8")


def encoded(pixels):
    """A PNG by OpenCV, of RGB, RGBA or grey values."""
    if pixels.ndim == 3:
        pixels = pixels[..., [2, 1, 0, *range(3, pixels.shape[2])]]
    return cv2.imencode(".png", pixels)[1].tobytes()


def saved(image, **options):
    file = io.BytesIO()
    image.save(file, "PNG", **options)
    return file.getvalue()


def on_white(pixels):
    share = pixels[..., 3:] / 255
    return pixels[..., :3] * share + 255 * (1 - share)


def test_colours_stay_as_they_are():
    picture = decode(encoded(RGB))
    np.testing.assert_array_equal(picture.pixels, RGB)
    assert picture.notes == {}


@pytest.mark.parametrize("bits", [8, 16])
def test_grey(bits):
    grey = RNG.integers(0, 2**bits, (11, 17)).astype(f"uint{bits}")
    picture = decode(encoded(grey))
    expected = grey if bits == 8 else grey // 256
    np.testing.assert_array_equal(picture.pixels, np.stack([expected] * 3, -1))
    assert "greyscale" in picture.notes and ("16 bit" in picture.notes) == (bits == 16)


def test_two_levels():
    bits = RNG.integers(0, 2, (11, 17)).astype(bool)
    picture = decode(saved(Image.fromarray(bits)))
    np.testing.assert_array_equal(picture.pixels[..., 1], 255 * bits)


def test_sixteen_bits_of_colour_keep_the_upper_eight():
    deep = RNG.integers(0, 2**16, (11, 17, 3)).astype("uint16")
    picture = decode(encoded(deep))
    np.testing.assert_array_equal(picture.pixels, deep // 256)
    assert list(picture.notes) == ["16 bit"]


@pytest.mark.parametrize("bits", [8, 16])
def test_alpha_is_laid_on_white(bits):
    pixels = np.dstack([RGB, ALPHA])
    picture = decode(encoded(pixels.astype("uint16") * 257 if bits == 16 else pixels))
    assert np.abs(picture.pixels - on_white(pixels)).max() <= 0.5
    assert "transparent" in picture.notes


def test_alpha_that_hides_nothing_is_not_worth_a_note():
    picture = decode(encoded(np.dstack([RGB, np.full_like(ALPHA, 255)])))
    np.testing.assert_array_equal(picture.pixels, RGB)
    assert picture.notes == {}


def test_grey_with_alpha():
    grey = np.dstack([RGB[..., :1], ALPHA])
    picture = decode(saved(Image.fromarray(grey, "LA")))
    expected = on_white(np.dstack([RGB[..., [0, 0, 0]], ALPHA]))
    assert np.abs(picture.pixels - expected).max() <= 0.5


def test_palettes_and_their_transparency_as_opencv_reads_them():
    few = Image.fromarray(RGB).quantize(20)
    plain, clear = saved(few), saved(few, transparency=bytes([0, 255, 100, 30]))
    read = cv2.imdecode(np.frombuffer(plain, np.uint8), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(decode(plain).pixels, read[..., ::-1])
    assert list(decode(plain).notes) == ["palette"]
    read = cv2.imdecode(np.frombuffer(clear, np.uint8), cv2.IMREAD_UNCHANGED)
    expected = on_white(read[..., [2, 1, 0, 3]])
    assert np.abs(decode(clear).pixels - expected).max() <= 0.5
    assert list(decode(clear).notes) == ["palette", "transparent"]


def test_one_transparent_colour():
    colour = tuple(RGB[3, 4].tolist())
    picture = decode(saved(Image.fromarray(RGB), transparency=colour))
    expected = np.where((RGB == colour).all(-1, keepdims=True), 255, RGB)
    np.testing.assert_array_equal(picture.pixels, expected)


def test_an_animation_gives_its_still_picture():
    other = Image.fromarray(255 - RGB)
    data = saved(Image.fromarray(RGB), save_all=True, append_images=[other])
    picture = decode(data)
    np.testing.assert_array_equal(picture.pixels, RGB)
    assert list(picture.notes) == ["several frames"]


@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_turned_upright(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = saved(Image.fromarray(RGB), exif=exif)
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    np.testing.assert_array_equal(decode(data).pixels, np.asarray(upright))


def test_no_byte_can_change_unnoticed():
    data = saved(Image.fromarray(RGB[:5, :6]))
    for at in range(len(data)):
        bad = bytearray(data)
        bad[at] ^= 0x10
        with pytest.raises(ImageFault):
            decode(bytes(bad))


def test_no_byte_can_be_missing_at_the_end():
    data = saved(Image.fromarray(RGB[:5, :6]))
    for length in range(1, len(data)):
        with pytest.raises(ImageFault):
            decode(data[:length])


def test_a_bomb_is_refused_by_its_header():
    data = encoded(RGB)
    header = b"IHDR" + (60_000).to_bytes(4) * 2 + data[24:29]
    bomb = data[:12] + header + zlib.crc32(header).to_bytes(4) + data[33:]
    with pytest.raises(ImageFault, match="60000 x 60000") as caught:
        decode(bomb)
    assert caught.value.kind == "enormous"
