"""Which way up, for EXIF data of all sorts: as Pillow and OpenCV have it."""

import io
import itertools
import struct
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image, ImageOps

from kpoc.pictures.decode import decode

BLOCKS = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype="uint8")
RGB = np.kron(BLOCKS, np.ones((8, 8, 1), "uint8"))
INTEGERS = {3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 13: "I", 16: "Q"}
BYTE = {1: "B"}


def exif(value, kind=3, order="<", count=1):
    """One entry, the orientation, in a directory of its own."""
    values = struct.pack(order + (INTEGERS | BYTE)[kind], value) * count
    start = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "IH", 8, 1)
    entry = struct.pack(order + "HHI", 0x0112, kind, count)
    if len(values) <= 4:
        return start + entry + values.ljust(4, b"\0") + bytes(4)
    return start + entry + struct.pack(order + "II", 26, 0) + values


def saved(form, **options):
    file = io.BytesIO()
    Image.fromarray(RGB).save(file, form, **options)
    return file.getvalue()


def jpeg(*blocks):
    data = saved("JPEG")
    segments = [
        b"\xff\xe1" + struct.pack(">H", 8 + len(block)) + b"Exif\0\0" + block
        for block in blocks
    ]
    return data[:2] + b"".join(segments) + data[2:]


def png(*blocks):
    data, chunks = saved("PNG"), b""
    for block in blocks:
        body = b"eXIf" + block
        checksum = struct.pack(">I", zlib.crc32(body))
        chunks += struct.pack(">I", len(block)) + body + checksum
    return data[:33] + chunks + data[33:]


def webp(*blocks):
    data = saved("WEBP", lossless=True, exif=b"Exif\0\0" + exif(1))
    body = data[12 : data.index(b"EXIF")]
    for block in blocks:
        padding = bytes(len(block) % 2)
        body += b"EXIF" + struct.pack("<I", len(block)) + block + padding
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body


def tiff(block):
    """The entry put into the directory of a picture."""
    data = bytearray(saved("TIFF", tiffinfo={0x0112: 1}))
    entry = data.index(struct.pack("<HHI", 0x0112, 3, 1))
    data[entry : entry + 12] = block[10:22]
    if len(block) > 26:
        data[entry + 8 : entry + 12] = struct.pack("<I", len(data))
        data += block[26:]
    return bytes(data)


def by_pillow(data):
    return np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data))))


def by_opencv(data):
    read = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    return read[..., ::-1]


def turned(data):
    assert decode(data).pixels.shape == (56, 40, 3)
    return decode(data)


@pytest.mark.parametrize(
    ("make", "order"),
    [*itertools.product([jpeg, png, webp], "<>"), (tiff, "<")],
)
@pytest.mark.parametrize("kind", INTEGERS)
def test_of_any_type_of_whole_numbers(make, order, kind):
    data = make(exif(6, kind, order))
    picture = turned(data)
    np.testing.assert_array_equal(picture.pixels, by_pillow(data))
    assert (picture.width, picture.height) == (40, 56)
    assert list(picture.notes) == ["EXIF orientation"]


@pytest.mark.filterwarnings("ignore:Metadata Warning")
@pytest.mark.parametrize("make", [jpeg, png, webp, tiff])
@pytest.mark.parametrize("kind", [3, 4])
def test_of_several_numbers_the_first(make, kind):
    data = make(exif(6, kind, count=3))
    np.testing.assert_array_equal(turned(data).pixels, by_pillow(data))


@pytest.mark.parametrize("make", [jpeg, png, webp, tiff])
def test_bytes_are_no_numbers(make):
    data = make(exif(6, kind=1))
    np.testing.assert_array_equal(decode(data).pixels, by_pillow(data))
    assert decode(data).notes == {}


@pytest.mark.parametrize("make", [jpeg, png, webp])
@pytest.mark.parametrize(("first", "second"), [(6, 3), (1, 3)])
def test_of_several_segments_the_first(make, first, second):
    data = make(exif(first), exif(second))
    picture = decode(data)
    np.testing.assert_array_equal(picture.pixels, by_opencv(data))
    if make is not png:  # there, Pillow alone takes the last
        np.testing.assert_array_equal(picture.pixels, by_pillow(data))


def test_a_chunk_that_is_no_exif_does_not_hide_one_that_is():
    data = png(b"garbage!", exif(6))
    np.testing.assert_array_equal(turned(data).pixels, by_pillow(data))
    np.testing.assert_array_equal(turned(data).pixels, by_opencv(data))
