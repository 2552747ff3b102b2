"""WebP, GIF, TIFF, BMP and PNM against OpenCV, and what none of them can be."""

import io

import cv2
import numpy as np
import pytest
from PIL import Image, ImageOps

from kpoc.pictures.decode import decode
from kpoc.pictures.foreign import name_foreign, name_unread
from kpoc.pictures.format import ImageFault

RNG = np.random.default_rng(0)
SMOOTH = np.stack(np.meshgrid(np.arange(0, 250, 5), np.arange(0, 250, 7)), -1)
RGB = np.dstack([SMOOTH, SMOOTH.sum(-1) // 3]).astype("uint8")
IMAGE = Image.fromarray(RGB)
OTHER = Image.fromarray(255 - RGB)
RGBA = Image.fromarray(
    np.dstack([RGB, RNG.integers(0, 256, RGB.shape[:2])]).astype("uint8")
)
PLAIN = {
    "BMP": {},
    "TIFF": {"compression": "tiff_lzw"},
    "WEBP": {"lossless": True},
    "PPM": {},
}


def saved(image, form, **options):
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def by_opencv(data, flags=cv2.IMREAD_COLOR):
    return cv2.imdecode(np.frombuffer(data, np.uint8), flags)


@pytest.mark.parametrize("form", PLAIN)
def test_lossless_formats_give_every_pixel(form):
    picture = decode(saved(IMAGE, form, **PLAIN[form]))
    np.testing.assert_array_equal(picture.pixels, RGB)
    assert picture.notes == {}
    assert (picture.width, picture.height) == IMAGE.size


def test_lossy_webp_as_opencv_reads_it():
    data = saved(IMAGE, "WEBP", quality=70)
    assert (
        np.abs(decode(data).pixels - by_opencv(data)[..., ::-1].astype(int)).max() <= 1
    )


def test_transparent_webp_is_laid_on_white():
    data = saved(RGBA, "WEBP", lossless=True, exact=True)
    read = by_opencv(data, cv2.IMREAD_UNCHANGED)[..., [2, 1, 0, 3]] / 255
    expected = 255 * (read[..., :3] * read[..., 3:] + 1 - read[..., 3:])
    picture = decode(data)
    assert np.abs(picture.pixels - expected).max() <= 0.51
    assert list(picture.notes) == ["transparent"]


@pytest.mark.parametrize(
    ("form", "options"), [("WEBP", {"lossless": True}), ("TIFF", {}), ("GIF", {})]
)
def test_of_several_frames_the_first(form, options):
    data = saved(IMAGE, form, save_all=True, append_images=[OTHER], **options)
    picture = decode(data)
    assert "several frames" in picture.notes
    expected = np.asarray(
        Image.open(io.BytesIO(saved(IMAGE, form, **options))).convert("RGB")
    )
    np.testing.assert_array_equal(picture.pixels, expected)
    assert np.abs(picture.pixels.astype(int) - RGB).mean() < 10


@pytest.mark.parametrize("form", ["WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", [2, 6])
def test_turned_upright_once(form, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = saved(IMAGE, form, exif=exif, **PLAIN[form])
    turned = IMAGE.copy()
    turned.getexif()[0x0112] = orientation
    upright = ImageOps.exif_transpose(turned)
    picture = decode(data)
    np.testing.assert_array_equal(picture.pixels, np.asarray(upright))
    assert list(picture.notes) == ["EXIF orientation"]


@pytest.mark.parametrize("form", ["TIFF", "PPM"])
def test_sixteen_bits_of_grey(form):
    deep = RNG.integers(0, 2**16, (9, 13)).astype("uint16")
    picture = decode(saved(Image.fromarray(deep), form))
    np.testing.assert_array_equal(picture.pixels[..., 0], deep // 256)
    assert set(picture.notes) == {"16 bit", "greyscale"}


@pytest.mark.parametrize("compression", [None, "tiff_lzw"])
def test_sixteen_bits_of_grey_whose_zero_is_white(compression):
    deep = RNG.integers(0, 2**16, (9, 13)).astype("uint16")
    negative = saved(
        Image.fromarray(65535 - deep),
        "TIFF",
        tiffinfo={262: 0},
        compression=compression,
    )
    np.testing.assert_array_equal(decode(negative).pixels[..., 0], deep // 256)


def test_sixteen_bits_of_colour():
    deep = RNG.integers(0, 2**16, (9, 13, 3)).astype("uint16")
    picture = decode(cv2.imencode(".tiff", deep)[1].tobytes())
    np.testing.assert_array_equal(picture.pixels[..., ::-1], deep // 256)
    assert list(picture.notes) == ["16 bit"]


def test_numbers_without_a_known_white_are_refused():
    data = saved(
        Image.fromarray(np.linspace(0, 9, 60, dtype="float32").reshape(6, 10)), "TIFF"
    )
    with pytest.raises(ImageFault) as caught:
        decode(data)
    assert caught.value.kind == "unknown range"


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
@pytest.mark.parametrize("form", [*PLAIN, "GIF"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
def test_cut_off(form, share):
    data = saved(IMAGE, form, **PLAIN.get(form, {}))
    with pytest.raises(ImageFault):
        decode(data[: int(share * len(data))])


@pytest.mark.parametrize("form", ["GIF", "BMP", "WEBP", "TIFF"])
def test_a_size_in_the_header_is_enough_to_refuse(form):
    data = bytearray(
        saved(IMAGE, form, **({"lossless": True} if form == "WEBP" else {}))
    )
    if form == "GIF":
        data[6:10] = b"\xff\xff\xff\xff"
    elif form == "BMP":
        data[18:26] = (50_000).to_bytes(4, "little") * 2
    elif form == "WEBP":
        data[21:25] = (0x0FFFFFFF).to_bytes(4, "little")
    else:
        # entries of 12 bytes, width and height (tags 256 and 257) among them
        entries = int.from_bytes(data[4:8], "little") + 2
        for at in range(entries, entries + 12 * data[entries - 2], 12):
            if int.from_bytes(data[at : at + 2], "little") in (256, 257):
                one_long = b"\x04\0\x01\0\0\0" + (50_000).to_bytes(4, "little")
                data[at + 2 : at + 12] = one_long
    with pytest.raises(ImageFault) as caught:
        decode(bytes(data))
    assert caught.value.kind == "enormous"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\n<!doctype HTML><p>gone", "HTML"),
        (b"\xef\xbb\xbf<html>", "HTML"),
        (b"%PDF-1.7", "PDF"),
        (b"\0\0\0 ftypheic", "HEIC"),
        (b"\0\0\0 ftypavif", "AVIF"),
        (b"\0\x05\x16\x07\0\x02", "macOS"),
        (b"version https://git-lfs.github.com/spec/v1\noid", "git lfs pull"),
        (bytes(1000), "zero bytes"),
        (b"file not found", "text"),
        (b"\x93\x01\x02", "not an image"),
    ],
)
def test_what_is_no_image_is_named(data, words):
    assert words in name_foreign(data)
    with pytest.raises(ImageFault) as caught:
        decode(data)
    assert caught.value.kind == "not an image"


def test_images_that_are_not_read_here_are_known_by_their_names():
    assert name_unread("a.b/IMG.HeIc") == "a HEIF image, which is not read here"
    assert name_unread("a.cr2") == "a camera's raw image, which is not read here"
    for name in ("a.jpg", "a.txt", "heic", "a.heic.txt"):
        assert name_unread(name) is None


@pytest.mark.parametrize("options", [{"lossless": True}, {"quality": 70}])
@pytest.mark.parametrize("image", [IMAGE, RGBA])
def test_a_large_webp_is_read_in_less_memory_to_the_same_pixels(
    monkeypatch, image, options
):
    exif = Image.Exif()
    exif[0x0112] = 6
    data = saved(image, "WEBP", exif=exif, **options)
    usual = decode(data)
    monkeypatch.setattr("kpoc.pictures.formats.webp._LARGE", 0)
    picture = decode(data)
    np.testing.assert_array_equal(picture.pixels, usual.pixels)
    assert picture.notes.pop("large WebP") and picture.notes == usual.notes
    assert (picture.width, picture.height) == (usual.width, usual.height)
    for share in (0.3, 0.9):
        with pytest.raises(ImageFault):
            decode(data[: int(share * len(data))])
    broken = data.replace(b"EXIF", b"EXIF\xff", 1)[: len(data)]
    with pytest.raises(ImageFault):
        decode(broken)


def test_damage_to_the_last_pixels_of_a_webp_is_found():
    data = bytearray(saved(Image.fromarray(RGB), "WEBP", quality=70))
    refused = 0
    for at in range(len(data) - 12, len(data) - 1):
        bad = bytearray(data)
        bad[at] ^= 0x55
        try:
            decode(bytes(bad))
        except ImageFault:
            refused += 1
    assert refused
