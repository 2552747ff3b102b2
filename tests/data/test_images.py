import cv2
import numpy as np
import pytest

from kpoc.data.images import find_unreadable


def encoded(kind=".jpg", size=40, **_):
    image = np.random.default_rng(0).integers(0, 255, (size, size, 3), dtype=np.uint8)
    return cv2.imencode(kind, image)[1].tobytes()


def with_preview(jpeg):
    """Puts a whole JPEG into an APP1 segment, as cameras do with previews."""
    body = encoded(size=16)
    length = (len(body) + 2).to_bytes(2, "big")
    return jpeg[:2] + b"\xff\xe1" + length + body + jpeg[2:]


@pytest.mark.parametrize("kind", [".jpg", ".png", ".bmp", ".webp"])
def test_good_images(tmp_path, kind):
    path = tmp_path / f"a{kind}"
    path.write_bytes(encoded(kind))
    assert find_unreadable([path]) == []


def test_good_variants(tmp_path):
    jpeg = encoded()
    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    progressive = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_PROGRESSIVE, 1])[1]
    variants = {
        "padded": jpeg + b"\0" * 1000,
        "preview": with_preview(jpeg),
        "progressive": progressive.tobytes(),
        "grey": cv2.imencode(".jpg", image[:, :, 0])[1].tobytes(),
        "deep": cv2.imencode(".png", image.astype(np.uint16) * 257)[1].tobytes(),
        "tiny": cv2.imencode(".jpg", image[:1, :1])[1].tobytes(),
    }
    for name, data in variants.items():
        (tmp_path / name).write_bytes(data)
    assert find_unreadable(sorted(tmp_path.iterdir())) == []


def test_bad_images_in_order(tmp_path):
    jpeg, png = encoded(), encoded(".png")
    bad = {
        "a-empty": (b"", "empty file"),
        "b-cut.jpg": (jpeg[: len(jpeg) // 2], "cut off: a JPEG without its end"),
        "c-cut.png": (png[: len(png) // 2], "cut off: a PNG without its end"),
        "d-preview.jpg": (with_preview(jpeg)[:-300], "cut off: a JPEG without its end"),
        "e-text.jpg": (b"<html>not found</html>", "not decodable as an image"),
        "f-head.jpg": (jpeg[:3], "cut off: a JPEG without its end"),
        "g-rot.png": (
            png[:60] + b"\0" * 200 + png[260:],
            "not decodable as an image",
        ),
    }
    for name, (data, _) in bad.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "a-good.jpg").write_bytes(jpeg)
    (tmp_path / "folder").mkdir()
    paths = [*sorted(tmp_path.iterdir()), tmp_path / "none.jpg"]
    found = dict(find_unreadable(paths))
    expected = {str(tmp_path / name): reason for name, (_, reason) in bad.items()}
    expected[str(tmp_path / "folder")] = "cannot be read: Is a directory"
    expected[str(tmp_path / "none.jpg")] = "no such file"
    assert found == expected
    assert list(found) == [str(p) for p in paths if str(p) in found]
