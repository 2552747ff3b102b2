"""JPEGs that libjpeg warns of: those of other people's phones, and damaged ones."""

import io

import cv2
import numpy as np
import pytest
from PIL import Image

from kpoc.pictures.decode import decode
from kpoc.pictures.format import ImageFault
from kpoc.pictures.formats._jpeg_header import MAX_SCANS

NOISE = np.random.default_rng(0).integers(0, 256, (9, 11, 3), dtype="uint8")
IMAGE = Image.fromarray(cv2.resize(NOISE, (88, 72)))


def saved(image=IMAGE, **options):
    file = io.BytesIO()
    image.save(file, "JPEG", **options)
    return file.getvalue()


GOOD, PROGRESSIVE = saved(), saved(progressive=True)
JFIF = b"JFIF\0\1\1"


def before(data, marker, inserted):
    at = data.index(bytes([0xFF, marker]))
    return data[:at] + inserted + data[at:]


def with_scan(data, parameters):
    at = data.index(b"\xff\xda") + 11
    return data[:at] + parameters + data[at + 3 :]


def profile(*numbers):
    return b"\xff\xe2\0\x14ICC_PROFILE\0" + bytes(numbers) + b"abcd"


def of_adobe(transform):
    start = GOOD.index(b"\xff\xe0")
    marker = b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0" + bytes([transform])
    return GOOD[:start] + marker + GOOD[start + 18 :]


HARMLESS = {
    "0, 0, 0": with_scan(GOOD, b"\0\0\0"),
    "1, 5, 17": with_scan(GOOD, b"\1\5\x11"),
    "JFIF version 2.01": GOOD.replace(JFIF, b"JFIF\0\2\1"),
    "JFIF version 0.00": GOOD.replace(JFIF, b"JFIF\0\0\0"),
    "6 bytes between": before(GOOD, 0xDB, b"\0\0\x12abc"),
    "10 bytes between": before(GOOD, 0xDA, bytes(10)),
    "colour profile": before(GOOD, 0xDB, profile(2, 1)),
    "broken colour profile": before(GOOD, 0xDB, profile(1, 2)),
    "colours 9": of_adobe(9),
    "10 zeros before": GOOD[:-2] + bytes(10) + GOOD[-2:],
    "JFIF version 0.00, scan parameters 0, 0, 0": with_scan(
        GOOD.replace(JFIF, b"JFIF\0\0\0"), b"\0\0\0"
    ),
}


@pytest.mark.parametrize("words", HARMLESS)
@pytest.mark.parametrize("reduced", [0, 1])
def test_what_changes_no_pixel_is_a_note(words, reduced):
    picture, usual = decode(HARMLESS[words], reduced), decode(GOOD, reduced)
    np.testing.assert_array_equal(picture.pixels, usual.pixels)
    assert words in ", ".join(picture.notes.values())
    if not reduced:
        pillow = np.asarray(Image.open(io.BytesIO(HARMLESS[words])).convert("RGB"))
        np.testing.assert_array_equal(picture.pixels, pillow)


MIDDLE = (GOOD.index(b"\xff\xda") + len(GOOD)) // 2


LOST = {
    "end marker": GOOD[:-2],
    "zeros for the end marker": GOOD[:-2] + bytes(100),
    "end of a progressive one": PROGRESSIVE[:-2],
    "text after the last pixel": GOOD[:-2] + b"text" + GOOD[-2:],
    "second half": GOOD[:MIDDLE] + GOOD[-2:],
    "zeros for the second half": GOOD[:MIDDLE] + bytes(2000) + GOOD[-2:],
}


@pytest.mark.parametrize("name", LOST)
@pytest.mark.parametrize("odd", [b"JFIF\0\1\1", b"JFIF\0\0\0"])
def test_what_has_lost_data_is_refused_whatever_its_header(name, odd):
    for reduced in (0, 1):
        with pytest.raises(ImageFault):
            decode(LOST[name].replace(JFIF, odd), reduced)


def of_scans(number):
    """A progressive JPEG, one scan of which is there again and again."""
    data = saved(Image.new("RGB", (64, 64), (200, 30, 99)), progressive=True)
    starts = [at for at in range(len(data)) if data[at : at + 2] == b"\xff\xda"]
    # of the luma's first scan of many: all bits at once
    scan = data[starts[1] : data.index(b"\xff", starts[1] + 2)]
    scan = scan[:9] + b"\0" + scan[10:]
    return data[: starts[1]] + scan * (number - 1) + b"\xff\xd9"


@pytest.mark.parametrize("reduced", [0, 1])
def test_scans_are_counted_before_they_are_decoded(reduced):
    assert decode(of_scans(MAX_SCANS), reduced).format == "JPEG"
    with pytest.raises(ImageFault, match="100 scans") as caught:
        decode(of_scans(MAX_SCANS + 1), reduced)
    assert caught.value.kind == "enormous"
    # such a marker in what no decoder reads counts for nothing
    comment = b"\xff\xda" * 200
    said = b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment
    assert decode(before(PROGRESSIVE, 0xDB, said)).format == "JPEG"
