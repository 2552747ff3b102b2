import os

import cv2
import numpy as np
import pytest

from kpoc.pictures.images import check_images, find_unreadable


def encoded(kind=".jpg", size=40):
    image = np.random.default_rng(0).integers(0, 255, (size, size, 3), dtype=np.uint8)
    return cv2.imencode(kind, image)[1].tobytes()


def with_preview(jpeg):
    """Puts a whole JPEG into an APP1 segment, as cameras do with previews."""
    body = encoded(size=16)
    length = (len(body) + 2).to_bytes(2, "big")
    return jpeg[:2] + b"\xff\xe1" + length + body + jpeg[2:]


@pytest.mark.parametrize("kind", [".jpg", ".png", ".bmp", ".webp", ".tif", ".gif"])
def test_good_images(tmp_path, kind):
    path = tmp_path / f"a{kind}"
    path.write_bytes(encoded(kind))
    [found] = check_images([path])
    assert (
        found.kind is None
        and found.size == (40, 40)
        and "wrong name" not in found.notes
    )
    assert find_unreadable([path]) == []


def test_a_preview_is_not_taken_for_the_picture(tmp_path):
    (tmp_path / "a.jpg").write_bytes(with_preview(encoded()))
    (tmp_path / "b.jpg").write_bytes(with_preview(encoded())[:-300])
    good, bad = check_images([tmp_path / "a.jpg", tmp_path / "b.jpg"])
    assert good.size == (40, 40) and bad.kind == "cut off"


def test_bad_files_in_order_and_each_with_its_reason(tmp_path):
    jpeg, png = encoded(), encoded(".png")
    contents = {
        "a-empty": b"",
        "b-cut.jpg": jpeg[: len(jpeg) // 2],
        "c-cut.png": png[: len(png) // 2],
        "d-page.jpg": b"<html>not found</html>",
        "e-head.jpg": jpeg[:3],
        "f-rot.png": png[:60] + b"\0" * 200 + png[260:],
        "g-good.jpg": jpeg,
    }
    for name, data in contents.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "h-folder.jpg").mkdir()
    (tmp_path / "i-loop.jpg").symlink_to("j-loop.jpg")
    (tmp_path / "j-loop.jpg").symlink_to("i-loop.jpg")
    (tmp_path / "k-link.jpg").symlink_to("gone.jpg")
    (tmp_path / "l-link.jpg").symlink_to("g-good.jpg")
    paths = [*sorted(tmp_path.iterdir()), tmp_path / "m-none.jpg"]
    found = check_images(paths, threads=3)
    assert [one.path for one in found] == [str(path) for path in paths]
    assert [one.kind for one in found] == [
        "empty",
        "cut off",
        "cut off",
        "not an image",
        "cut off",
        "damaged",
        None,
        "not a file",
        "broken link",
        "broken link",
        "broken link",
        None,
        "missing",
    ]
    assert found[3].reason == "an HTML page"
    assert "gone.jpg" in found[10].reason
    assert find_unreadable(paths) == [(o.path, o.reason) for o in found if o.kind]


def test_a_file_that_may_not_be_read(tmp_path_factory):
    folder = tmp_path_factory.mktemp("closed")
    path = folder / "a.jpg"
    path.write_bytes(encoded())
    path.chmod(0)
    check_images([path])  # loads the decoders while everything may be read
    parents = [folder, *folder.parents][:-2]
    modes = [(parent, parent.stat().st_mode) for parent in parents]
    root = os.geteuid() == 0
    try:
        if root:  # who may read everything
            for parent in parents:
                parent.chmod(0o755)
            os.seteuid(65534)
        [found] = check_images([path])
    finally:
        if root:
            os.seteuid(0)
            for parent, mode in modes:
                parent.chmod(mode)
    assert (found.kind, found.reason) == (
        "no permission",
        "not readable: permission denied",
    )


def test_progress_ends_at_the_number_of_files(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(encoded(".png", size=4))
    seen = []
    assert len(check_images([path] * 700, threads=1, progress=seen.append)) == 700
    assert seen == [256, 512, 700]
