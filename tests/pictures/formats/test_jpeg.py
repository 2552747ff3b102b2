import io

import cv2
import numpy as np
import pytest
import simplejpeg
from PIL import Image, ImageOps

from kpoc.pictures.decode import decode
from kpoc.pictures.format import ImageFault


def scene(height=46, width=61):
    """Smooth colours with some noise: what a JPEG holds well."""
    y, x = np.mgrid[:height, :width]
    noise = np.random.default_rng(0).integers(0, 40, (height, width, 3))
    return (np.stack([3 * x, 4 * y, 255 - 2 * (x + y)], -1) + noise).astype("uint8")


def saved(image, **options):
    file = io.BytesIO()
    image.save(file, "JPEG", **options)
    return file.getvalue()


RGB = Image.fromarray(scene())
VARIANTS = {
    "420": saved(RGB, subsampling="4:2:0"),
    "444": saved(RGB, subsampling="4:4:4"),
    "progressive": saved(RGB, progressive=True),
    "restarts": saved(RGB, restart_marker_blocks=2),
    "stored as RGB": saved(RGB, keep_rgb=True),
    "one pixel": saved(RGB.crop((0, 0, 1, 1))),
    "padded": saved(RGB) + b"\0" * 500,
}


@pytest.mark.parametrize("name", VARIANTS)
def test_pixels_are_those_of_pillow(name):
    picture = decode(VARIANTS[name])
    expected = np.asarray(Image.open(io.BytesIO(VARIANTS[name])).convert("RGB"))
    np.testing.assert_array_equal(picture.pixels, expected)
    assert picture.notes == {} and picture.format == "JPEG"


def test_grey_stands_in_all_channels():
    data = saved(RGB.convert("L"))
    picture = decode(data)
    grey = np.asarray(Image.open(io.BytesIO(data)))
    np.testing.assert_array_equal(picture.pixels, np.stack([grey] * 3, -1))
    assert list(picture.notes) == ["greyscale"]


def inks(cyan, magenta, yellow, black):
    return Image.new("CMYK", (32, 16), (cyan, magenta, yellow, black))


@pytest.mark.parametrize(
    ("ink", "colour"),
    [
        ((0, 0, 0, 0), (255, 255, 255)),
        ((255, 0, 0, 0), (0, 255, 255)),
        ((0, 0, 255, 0), (255, 255, 0)),
        ((0, 0, 0, 255), (0, 0, 0)),
        ((0, 0, 0, 102), (153, 153, 153)),
    ],
)
def test_inks_of_adobe_are_inverted_and_become_colours(ink, colour):
    picture = decode(saved(inks(*ink), quality=100))
    assert np.abs(picture.pixels.astype(int) - colour).max() <= 2
    assert list(picture.notes) == ["CMYK"]


@pytest.mark.parametrize("stored", ["CMYK", "YCCK"])
def test_four_channels_agree_with_pillow(stored):
    image = RGB.convert("CMYK")
    data = saved(image, quality=95)
    if stored == "YCCK":
        inverted = np.ascontiguousarray(255 - np.asarray(image))
        data = simplejpeg.encode_jpeg(inverted, 95, "CMYK", "444")
    expected = np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)
    assert np.abs(decode(data).pixels - expected).max() <= 1


def test_inks_that_may_or_may_not_be_inverted_are_refused():
    data = saved(RGB.convert("CMYK"))
    start = data.index(b"\xff\xee")
    length = int.from_bytes(data[start + 2 : start + 4], "big")
    with pytest.raises(ImageFault, match="Adobe") as caught:
        decode(data[:start] + data[start + 2 + length :])
    assert caught.value.kind == "unknown colours"


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("order", ["little", "big"])
def test_turned_upright_as_pillow_does(orientation, order):
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "maker", orientation
    exif.endian = "<" if order == "little" else ">"
    data = saved(RGB, exif=exif)
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    for reduced in (False, True):
        picture = decode(data, reduced)
        assert (picture.width, picture.height) == upright.size
        assert list(picture.notes) == ["EXIF orientation"] * (orientation > 1)
    np.testing.assert_array_equal(decode(data).pixels, np.asarray(upright))
    assert decode(data, True).pixels.shape[:2] == tuple(
        -(-side // 8) for side in upright.size[::-1]
    )


@pytest.mark.parametrize(
    "block", [b"", b"II*\0\xff\xff\xff\xff", b"MM\0*\0\0\0\x08\xff"]
)
def test_broken_exif_turns_nothing(block):
    data = saved(RGB, exif=b"Exif\0\0" + block)
    np.testing.assert_array_equal(decode(data).pixels, decode(saved(RGB)).pixels)


def scan_of(data):
    """Start and end of the picture's data, 20 bytes of its header left out."""
    return data.rindex(b"\xff\xda") + 20, len(data) - 2


def is_refused(data, reduced):
    try:
        decode(data, reduced)
    except ImageFault:
        return True
    return False


@pytest.mark.parametrize("damage", ["zeros", "ones", "noise", "gone", "text"])
def test_damage_in_the_middle_is_found_where_opencv_sees_none(damage):
    data = saved(Image.fromarray(scene(160, 200)), quality=60)
    start, end = scan_of(data)
    rng = np.random.default_rng(1)
    fill = {
        "zeros": bytes(512),
        "ones": b"\xff" * 512,
        "noise": rng.integers(0, 256, 512, dtype="uint8").tobytes(),
        "gone": b"",
        "text": (b"<html>Internal Server Error" * 20)[:512],
    }[damage]
    found = []
    for at in rng.integers(start, end - 512, 20):
        bad = data[:at] + fill + data[at + 512 :]
        assert bad.endswith(b"\xff\xd9")
        assert cv2.imdecode(np.frombuffer(bad, np.uint8), 1) is not None
        found.append(is_refused(bad, reduced=False))
        assert is_refused(bad, reduced=True) == found[-1]
    # what is left can be a valid JPEG by chance: there is no checksum
    assert sum(found) >= 18


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.95, 0.999])
def test_cut_off(share):
    data = saved(RGB)
    for reduced in (False, True):
        assert is_refused(data[: int(share * len(data))], reduced)


def with_frame(data, at, value):
    """Writes into the frame's header, whose first byte is the precision."""
    start = data.index(b"\xff\xc0") + 4 + at
    return data[:start] + value + data[start + len(value) :]


@pytest.mark.parametrize(
    ("at", "value", "kind"),
    [
        (1, b"\xff\xff\xff\xff", "enormous"),
        (1, b"\0\0\0\0", "damaged"),
        (0, b"\x0c", "unsupported"),
        (-3, b"\xc3", "unsupported"),
    ],
)
def test_a_header_is_believed_before_anything_is_decoded(at, value, kind):
    with pytest.raises(ImageFault) as caught:
        decode(with_frame(saved(RGB), at, value))
    assert caught.value.kind == kind


def test_sampling_that_libjpegs_quick_door_does_not_know():
    # One block of 8 luma and 2 chroma units whose coefficients are all zero: in the
    # usual Huffman tables 00 1010 for luma and 00 00 for chroma.
    data = saved(Image.new("RGB", (32, 16)), subsampling="4:4:4")
    data = with_frame(data, 7, b"\x42")
    start = data.index(b"\xff\xda")
    scan = start + 2 + int.from_bytes(data[start + 2 : start + 4], "big")
    bits = "001010" * 8 + "0000" * 2
    picture = decode(data[:scan] + int(bits, 2).to_bytes(7, "big") + b"\xff\xd9")
    assert picture.pixels.shape == (16, 32, 3) and (picture.pixels == 128).all()
    assert list(picture.notes) == ["unusual sampling"]
