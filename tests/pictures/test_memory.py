import io
import struct
import subprocess
import sys
import threading
import time
import zlib

import numpy as np
import pytest
from PIL import Image

from kpoc.pictures import memory
from kpoc.pictures.decode import examine, read_image
from kpoc.pictures.format import MAX_PIXELS, MAX_SIDE, ImageFault
from kpoc.pictures.images import check_images
from kpoc.pictures.memory import Room

CHECK = """
import re, resource, sys
from pathlib import Path
from kpoc.pictures import memory
from kpoc.pictures.format import formats
from kpoc.pictures.images import check_images

def peak():
    # that of getrusage begins with the peak of the process that started this one
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", status)[1]) * 1024

folder, total, allowed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
memory.PIXELS = memory.Room(total or memory.PIXELS.total)
formats()
paths = sorted(Path(folder).iterdir())
if allowed:
    size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + allowed,) * 2)
before = peak()
found = check_images(paths, threads=1 if allowed else 4)
print([one.kind for one in found])
print(peak(), peak() - before)
"""


def png(width, height, colours, bits, before=b"", lines=None):
    """A PNG all of whose values are 7, made a line at a time."""

    def chunk(body):
        checksum = struct.pack(">I", zlib.crc32(body))
        return struct.pack(">I", len(body) - 4) + body + checksum

    samples = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colours]
    line = b"\0" + b"\7" * ((width * samples * bits + 7) // 8)
    packer = zlib.compressobj()
    packed = [packer.compress(line) for _ in range(lines or height)]
    header = struct.pack(">IIBBBBB", width, height, bits, colours, 0, 0, 0)
    parts = [b"IHDR" + header, before, b"IDAT" + b"".join(packed) + packer.flush()]
    parts = [chunk(part) for part in parts if part]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts) + chunk(b"IEND")


def saved(image, form, **options):
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def checked(folder, total=0, allowed=0):
    """Kinds, peak and its growth in bytes of a process that checks a folder.

    `total` bytes are shared by the threads; the system gives `allowed` more.
    """
    done = subprocess.run(
        [sys.executable, "-c", CHECK, str(folder), str(total), str(allowed)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    kinds, peaks = done.stdout.splitlines()
    return kinds, *map(int, peaks.split())


def test_large_pictures_wait_for_each_other(tmp_path):
    # 23 MB each as Pillow has them, and 17 MB as RGB
    data = png(2400, 2400, 2, 8)
    for number in range(4):
        (tmp_path / f"{number}.png").write_bytes(data)
    kinds, _, grown = checked(tmp_path, total=40 * 10**6)
    assert kinds == str([None] * 4)
    assert grown < 75 * 10**6


def test_too_little_memory_is_a_fault_of_that_file(tmp_path):
    (tmp_path / "a.png").write_bytes(png(8000, 8000, 6, 8, lines=10))
    (tmp_path / "b.png").write_bytes(png(40, 40, 6, 8))
    kinds, _, _ = checked(tmp_path, allowed=150 * 10**6)
    assert kinds == "['too little memory', None]"


@pytest.mark.slow
def test_a_check_of_hostile_pictures_stays_below_a_gigabyte(tmp_path):
    side = int(MAX_PIXELS**0.5) - 5
    flat = Image.new("RGB", (side, side), (200, 30, 99))
    files = {
        "bits.png": png(side, side, 0, 1, b"tRNS\0\1"),
        "rgba.png": png(side, side, 6, 8),
        "deep.png": png(side, side, 4, 16),
        "most.webp": saved(Image.new("RGBA", (side, side)), "WEBP", lossless=True),
        "much.webp": saved(
            Image.new("RGBA", (9900, 9900), (1, 2, 3, 4)), "WEBP", lossless=True
        ),
        "plain.jpg": saved(flat, "JPEG", subsampling=0),
        "scans.jpg": saved(flat, "JPEG", subsampling=0, progressive=True),
    }
    for name, data in files.items():
        (tmp_path / f"1{name}").write_bytes(data)
        (tmp_path / f"2{name}").write_bytes(data)
    kinds, peak, _ = checked(tmp_path)
    assert kinds.count("None") == 12 and kinds.count("enormous") == 2
    assert peak < 10**9


@pytest.mark.parametrize("sides", [(2**27, 1), (1, MAX_SIDE + 1), (2**16, 2**11)])
def test_a_side_is_bounded_and_the_other_files_are_reported(tmp_path, sides):
    (tmp_path / "a.png").write_bytes(png(*sides, 0, 1))
    (tmp_path / "b.png").write_bytes(png(40, 40, 0, 1))
    bad, good = check_images([tmp_path / "a.png", tmp_path / "b.png"])
    assert bad.kind == "enormous" and good.kind is None
    with pytest.raises(ValueError, match=r"a\.png: \d+ x \d+ pixels"):
        read_image(tmp_path / "a.png")


def test_the_longest_side(tmp_path):
    (tmp_path / "a.png").write_bytes(png(MAX_SIDE, 2, 0, 1))
    assert examine(tmp_path / "a.png").width == MAX_SIDE


def test_a_large_file_that_is_no_image_is_not_read(tmp_path):
    with open(tmp_path / "a.jpg", "wb") as file:
        file.write(b"%PDF")
        file.truncate(10**13)
    [found] = check_images([tmp_path / "a.jpg"])
    assert (found.kind, found.reason) == ("not an image", "a PDF document")
    with open(tmp_path / "a.jpg", "r+b") as file:
        file.write(saved(Image.new("L", (40, 40)), "JPEG"))
    [found] = check_images([tmp_path / "a.jpg"])
    assert found.kind == "enormous" and "a file of 10,000,000 MB" in found.reason


@pytest.mark.parametrize(
    ("width", "height", "form", "options", "colours"),
    [
        (500, 350, "TIFF", {"compression": "tiff_lzw"}, "RGBA"),
        (500, 351, "PNG", {}, "P"),
        (501, 350, "WEBP", {"lossless": True}, "RGB"),
    ],
)
def test_large_pictures_are_checked_by_fewer_pixels(
    tmp_path, monkeypatch, width, height, form, options, colours
):
    monkeypatch.setattr("kpoc.pictures.formats._conversion._LARGE", 10**5)
    y, x = np.mgrid[:height, :width] // 4
    image = Image.fromarray((x + y).astype(np.uint8)).convert(colours)
    (tmp_path / "a").write_bytes(saved(image, form, **options))
    found, whole = examine(tmp_path / "a"), read_image(tmp_path / "a")
    assert (found.width, found.height) == (width, height)
    assert found.pixels.shape == (-(-height // 8), -(-width // 8), 3)
    np.testing.assert_array_equal(whole, np.asarray(image.convert("RGB")))
    expected = np.asarray(image.convert("RGB").reduce(8))
    np.testing.assert_array_equal(found.pixels, expected)


def test_who_asks_for_more_than_is_left_waits_and_is_not_overtaken():
    room, order = Room(10), []

    def take(name, amount):
        with room.hold(amount):
            order.append(name)

    threads = [
        threading.Thread(target=take, args=("large", 99)),
        threading.Thread(target=take, args=("small", 1)),
    ]
    with room.hold(1):
        for thread in threads:
            thread.start()
            time.sleep(0.05)
        assert order == []
    for thread in threads:
        thread.join()
    assert order == ["large", "small"]


def test_what_is_taken_is_given_back_after_an_error():
    room = Room(10)
    with pytest.raises(KeyError), room.hold(10):
        raise KeyError
    with room.hold(10):
        pass


def test_what_needs_more_than_there_is_is_refused():
    with pytest.raises(ImageFault, match="MB") as caught:
        memory.decoding(b"", memory.PIXELS.total + 1)
    assert caught.value.kind == "enormous"
