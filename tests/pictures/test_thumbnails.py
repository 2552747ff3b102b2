import base64
import hashlib

import cv2
import numpy as np
import pandas as pd
import pytest

from kpoc.pictures.thumbnails import find_thumbnails, thumbnail


def _decode(uri):
    start, data = uri.split(",")
    assert start == "data:image/jpeg;base64"
    return cv2.imdecode(np.frombuffer(base64.b64decode(data), np.uint8), 1)[..., ::-1]


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        ((200, 200), (96, 96)),
        ((300, 100), (96, 32)),
        ((40, 50), (40, 50)),
        ((2, 4000), (1, 96)),
    ],
)
def test_fits_the_side_and_is_never_enlarged(size, shown):
    assert _decode(thumbnail(np.full((*size, 3), 90, np.uint8))).shape == (*shown, 3)


def test_colours_stay():
    pixels = np.zeros((120, 120, 3), np.uint8)
    pixels[:] = (200, 60, 20)
    assert np.abs(_decode(thumbnail(pixels)).astype(int) - pixels[0, 0]).max() <= 3


def _rows(folder, names):
    hashes = [
        hashlib.sha256((folder / name).read_bytes()).hexdigest()
        if (folder / name).is_file()
        else "00"
        for name in names
    ]
    return pd.DataFrame({"id": names, "path": names, "sha256": hashes})


def test_each_row_has_a_picture_or_a_reason(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    for folder, value, names in ((first, 30, "ab"), (second, 200, "abc")):
        folder.mkdir()
        for name in names:
            cv2.imwrite(
                str(folder / f"{name}.png"), np.full((8, 8, 3), value, np.uint8)
            )
    (second / "broken.png").write_bytes(b"\x89PNG but no more")
    (second / "empty.png").touch()
    names = ["a.png", "broken.png", "empty.png", "gone.png", "c.png"]
    rows = _rows(second, names)
    # unknown: it could be anything
    rows.loc[rows["id"] == "c.png", "sha256"] = ""
    made = find_thumbnails(rows, [second, first])
    assert list(made.found) == ["a.png"]
    assert made.faults["c.png"] == "its hash is not known"
    assert _decode(made.found["a.png"]).mean() == pytest.approx(200, abs=3)
    assert made.faults["gone.png"] == "no such file"
    assert made.faults["broken.png"] == "not decodable as an image"
    assert made.faults["empty.png"] == "not decodable as an image"
    # the other folder has a picture of that name, but not that picture
    made = find_thumbnails(rows[rows["id"] == "a.png"], [first])
    assert not made.found and "not the one" in made.faults["a.png"]
    made = find_thumbnails(rows[rows["id"] == "a.png"], [first, second])
    assert _decode(made.found["a.png"]).mean() == pytest.approx(200, abs=3)


def test_a_second_root_is_looked_through(tmp_path):
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((8, 8, 3), np.uint8))
    made = find_thumbnails(_rows(tmp_path, ["a.png"]), [tmp_path / "moved", tmp_path])
    assert list(made.found) == ["a.png"]


def test_no_path_leads_out_of_the_roots(tmp_path):
    root = tmp_path / "root"
    root.mkdir()
    cv2.imwrite(str(tmp_path / "own.png"), np.zeros((8, 8, 3), np.uint8))
    rows = _rows(tmp_path, ["../own.png", str(tmp_path / "own.png")])
    rows["sha256"] = _rows(tmp_path, ["own.png"])["sha256"][0]
    made = find_thumbnails(rows, [root])
    assert not made.found and len(made.faults) == 2
    assert set(made.faults.values()) == {"its path leads out of the folder of the data"}
    assert (
        "--data" in find_thumbnails(_rows(tmp_path, ["own.png"]), []).faults["own.png"]
    )
