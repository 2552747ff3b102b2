import json
import os

import cv2
import numpy as np
import pytest
from PIL import Image

from kpoc.protocols.check import ERRORS_SHOWN, as_json, as_text, check_data

RNG = np.random.default_rng(0)


def encoded(kind=".jpg", size=40):
    return cv2.imencode(kind, RNG.integers(0, 255, (size, size, 3), "uint8"))[
        1
    ].tobytes()


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """A folder as it comes: some good, some bad, some odd, some no images."""
    folder = tmp_path_factory.mktemp("photos")
    jpeg = encoded()
    contents = {
        "cat/a.jpg": jpeg,
        "cat/b.jpg": encoded(size=60),
        "cat/cut.jpg": jpeg[:500],
        "cat/empty.jpg": b"",
        "dog/page.jpg": b"<html>",
        "dog/really.jpg": encoded(".png"),
        "dog/no_suffix": encoded(),
        "notes.txt": b"text",
        ".hidden.jpg": b"",
    }
    for name, data in contents.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)
    for i in range(ERRORS_SHOWN + 5):
        (folder / f"gone{i:02d}.png").symlink_to("nowhere.png")
    (folder / "named.png").mkdir()
    (folder / "dog" / "round.jpg").symlink_to("round.jpg")
    (folder / "dog" / "back").symlink_to("..")
    grey = Image.fromarray(RNG.integers(0, 255, (30, 20), "uint8"))
    exif = Image.Exif()
    exif[0x0112] = 6
    grey.save(folder / "dog" / "grey.jpg", exif=exif)
    return folder


def test_every_problem_of_a_folder_is_found_at_once(photos):
    done = check_data(str(photos))
    errors = {one.path: one.kind for one in done.errors}
    gone = {f"gone{i:02d}.png": "broken link" for i in range(ERRORS_SHOWN + 5)}
    assert errors == gone | {
        "cat/cut.jpg": "cut off",
        "cat/empty.jpg": "empty",
        "dog/page.jpg": "not an image",
        "dog/round.jpg": "broken link",
        "named.png": "not a file",
    }
    assert {(kind, path) for kind, path, _ in done.notes()} == {
        ("wrong name", "dog/really.jpg"),
        ("greyscale", "dog/grey.jpg"),
        ("EXIF orientation", "dog/grey.jpg"),
    }
    over = dict(done.passed_over)
    assert set(over) == {".hidden.jpg", "notes.txt", "dog/no_suffix", "dog/back"}
    assert over["dog/no_suffix"] == "holds a JPEG image, but its name does not say so"
    sizes = {one.path: one.size for one in done.findings}
    assert sizes["dog/grey.jpg"] == (30, 20) and sizes["cat/b.jpg"] == (60, 60)


def test_json_holds_everything(photos):
    done = check_data(str(photos))
    found = json.loads(as_json(done))
    assert found["images"] == len(done.findings) == found["unusable"] + 4
    assert sum(found["errors"].values()) == found["unusable"] == len(done.errors)
    assert found["errors"]["broken link"] == ERRORS_SHOWN + 6
    errors = [p for p in found["problems"] if p["severity"] == "error"]
    assert [(p["path"], p["kind"], p["words"]) for p in errors] == [
        (one.path, one.kind, one.reason) for one in done.errors
    ]
    assert found["formats"] == {"JPEG": 3, "PNG": 1}
    assert {p["path"] for p in found["passed_over"]} == dict(done.passed_over).keys()


def test_text_names_each_kind_with_its_count_and_cuts_long_lists(photos):
    lines = as_text(check_data(str(photos))).splitlines()
    assert f"{ERRORS_SHOWN + 10} cannot be used" in lines[0]
    assert f"  {ERRORS_SHOWN + 6} broken link" in lines
    assert "    and 6 more (--format json lists all)" in lines
    assert sum(": a link" in line for line in lines) == ERRORS_SHOWN
    assert "    dog/page.jpg: an HTML page" in lines
    assert "pixels: 40 x 40 (2), the others from 30 x 20 to 60 x 60" in lines


def test_the_command_says_by_its_status_whether_all_can_be_used(kpoc_here, photos):
    done = kpoc_here("data", "check", f"{photos}/", "--format", "json", status=1)
    assert json.loads(done.stdout)["unusable"] == ERRORS_SHOWN + 10
    assert done.stderr == (
        f"kpoc: {ERRORS_SHOWN + 10} of {ERRORS_SHOWN + 14} images cannot be used\n"
    )
    good = kpoc_here("data", "check", "tiny.yaml").stdout
    assert good.startswith("tiny: 240 images in ")
    assert "all can be used" in good and "formats: 240 PNG" in good


def test_a_place_that_is_nothing_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"Did you mean `portraits`.*'portrait'"):
        check_data("portrait")
    with pytest.raises(ValueError, match="`place` must be a folder"):
        check_data(str(tmp_path / "none"))


@pytest.mark.realdata
def test_real_faces_raise_no_alarm(real_data):
    done = check_data("faces", real_data)
    assert len(done.findings) > 1000 and done.errors == []


def test_images_that_are_not_read_here_cannot_be_used(tmp_path, kpoc_here):
    (tmp_path / "a.HEIC").write_bytes(b"\0\0\0 ftypheic")
    (tmp_path / "b.svg").write_text("<svg/>")
    (tmp_path / "c.jp2").write_bytes(encoded())
    (tmp_path / "d.txt").write_text("x")
    done = check_data(str(tmp_path))
    assert [(one.path, one.kind, one.reason) for one in done.errors] == [
        ("a.HEIC", "unsupported", "a HEIF image, which is not read here"),
        ("b.svg", "unsupported", "an SVG drawing, which is not read here"),
    ]
    # what a file holds decides, where its name is that of an image
    said = "ends in .jp2, read as the JPEG it is"
    assert list(done.notes()) == [("wrong name", "c.jp2", said)]
    assert done.passed_over == [("d.txt", "not an image, by its name")]
    told = kpoc_here("data", "check", tmp_path, status=1).stderr
    assert told == "kpoc: 2 of 3 images cannot be used\n"


def test_nothing_to_check_is_an_error(tmp_path, kpoc_here):
    (tmp_path / "notes.txt").write_text("x")
    done = kpoc_here("data", "check", tmp_path, status=1)
    assert "0 images: nothing to check" in done.stdout
    assert f"must be images to check. Received: none in {tmp_path}" in done.stderr


def test_names_that_are_no_utf8_are_said_once(tmp_path):
    for name in (b"caf\xe9.jpg", b"\xe9.png/x.png"):
        path = os.path.join(os.fsencode(tmp_path), name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        open(path, "wb").close()
    found = check_data(str(tmp_path)).findings
    assert {one.path: one.reason for one in found} == dict.fromkeys(
        ["caf\ufffd.jpg", "\ufffd.png"], "its name is no valid UTF-8"
    )
    assert len(found) == 2


def test_a_folder_has_no_other_place_for_its_images(tmp_path):
    with pytest.raises(
        ValueError, match=f"`--data`.*elsewhere, with the folder {tmp_path}"
    ):
        check_data(str(tmp_path), root="elsewhere")


def test_what_nothing_can_be_used_of_is_named(tmp_path):
    for name in ("cat/0.jpg", "cat/1.jpg", "dog/0.jpg", "dog/1.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        good = name in ("cat/0.jpg", "cat/1.jpg")
        (tmp_path / name).write_bytes(encoded() if good else name.encode())
    done = check_data(str(tmp_path))
    assert done.lost == {"dog/": 2} == json.loads(as_json(done))["lost"]
    assert "nothing is left of: dog/ (all 2)" in as_text(done)
    protocol = tmp_path / "protocol.yaml"
    protocol.write_text(
        "{name: x, source: folder, columns: {label: {}}, steps: "
        "[{name: split, train: 0.5, validation: 0.5, stratify: [label]}]}"
    )
    assert check_data(str(protocol), tmp_path).lost == {"label dog": 2}
