import os

import pytest

from kpoc.pictures.paths import images_below, near_names, stable_ids

OUT = "a link that leads out of the data folder"


def write(root, *names):
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(name.encode())


def test_every_file_is_named_with_what_is_wrong_with_it(tmp_path):
    root = tmp_path / "root"
    write(root, "b/two.PNG", "b/deep/er/three.jpeg", "a.jpg", "b/notes.txt")
    write(root, ".DS_Store", "b/._two.png", ".git/x.jpg", "__MACOSX/b/two.png")
    write(tmp_path, "outside.jpg", "elsewhere/far.jpg")
    (root / "in.jpg").symlink_to(root / "a.jpg")
    (root / "out.jpg").symlink_to(tmp_path / "outside.jpg")
    (root / "gone.jpg").symlink_to(root / "nothing.jpg")
    (root / "away").symlink_to(tmp_path / "elsewhere")
    (root / "round").symlink_to(root)
    (root / "b" / "twin").symlink_to(root / "b" / "deep")
    os.mkfifo(root / "pipe.jpg")
    assert dict(images_below(root)) == {
        ".DS_Store": "hidden",
        ".git": "hidden",
        "__MACOSX": "hidden",
        "a.jpg": None,
        "away": OUT,
        "b/._two.png": "hidden",
        "b/deep/er/three.jpeg": None,
        "b/notes.txt": "not an image, by its name",
        "b/twin": "a link to a folder, which is not followed",
        "b/two.PNG": None,
        "gone.jpg": "a link to nothing",
        "in.jpg": None,
        "out.jpg": OUT,
        "pipe.jpg": "not a file",
        "round": "a link to a folder, which is not followed",
    }


def test_names_that_are_no_utf8_are_reported_and_folders_of_such_names_too(tmp_path):
    for name in (b"caf\xe9.jpg", b"caf\xe9/one.jpg"):
        path = os.path.join(os.fsencode(tmp_path), name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        open(path, "wb").close()
    found = dict(images_below(tmp_path))
    assert set(found.values()) == {"its name is no valid UTF-8"}
    assert {"caf\ufffd.jpg", "caf\ufffd"} == set(found)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may open everything")
def test_a_folder_that_cannot_be_opened_is_reported(tmp_path):
    write(tmp_path, "a/one.jpg")
    (tmp_path / "a").chmod(0)
    assert dict(images_below(tmp_path)) == {"a/": "cannot be opened: Permission denied"}
    (tmp_path / "a").chmod(0o755)


def test_order_does_not_depend_on_the_file_system(tmp_path):
    write(tmp_path, "b/1.jpg", "a/2.jpg", "a/10.jpg", "c.jpg")
    paths = [path for path, _ in images_below(tmp_path)]
    assert paths == ["a/10.jpg", "a/2.jpg", "b/1.jpg", "c.jpg"]


def test_near_names():
    names = ["IMG_0001.JPG", "IMG_0002.JPG", "IMG_0001.png", "cat.jpg"]
    assert near_names("img_0001.jpg", names) == ["IMG_0001.JPG", "IMG_0001.png"]
    assert near_names("catt.jpg", names) == ["cat.jpg"]
    assert near_names("zzz", names) == []
    many = [f"img{i:05d}.jpg" for i in range(6000)] + ["other.jpg"]
    assert near_names("othr.jpg", many) == []  # only what begins alike is looked at
    assert near_names("othe.jpg", many) == ["other.jpg"]


def test_content_decides_where_the_name_is_that_of_a_format_not_read_here(tmp_path):
    contents = {
        "a.HEIC": b"\xff\xd8\xff\xe0 a JPEG of a phone",
        "b.heic": b"\0\0\0 ftypheic",
        "c.dng": b"II*\0 raw images begin as a TIFF does",
        "d": b"\xff\xd8\xff\xe0",
        "e.avif": b"",
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    assert dict(images_below(tmp_path)) == {
        "a.HEIC": None,
        "b.heic": "a HEIF image, which is not read here",
        "c.dng": "a camera's raw image, which is not read here",
        "d": "holds a JPEG image, but its name does not say so",
        "e.avif": "an AVIF image, which is not read here",
    }


def test_links_that_lead_out_are_followed_when_that_is_asked_for(tmp_path):
    root = tmp_path / "root"
    write(root, "cat/1.jpg")
    write(tmp_path, "cache/blob", "far/2.jpg", "far/deep/3.jpg")
    (root / "cat" / "0.jpg").symlink_to(tmp_path / "cache" / "blob")
    (root / "dog").symlink_to(tmp_path / "far")
    # nothing is seen twice, and nothing goes round in a circle
    (root / "again").symlink_to(root / "cat")
    (tmp_path / "far" / "back").symlink_to(root)
    (tmp_path / "far" / "up").symlink_to(tmp_path)
    (tmp_path / "far" / "self").symlink_to(tmp_path / "far" / "deep")
    circle = "a link to a folder, which is not followed"
    assert dict(images_below(root, "follow")) == {
        "again": circle,
        "cat/0.jpg": None,
        "cat/1.jpg": None,
        "dog/2.jpg": None,
        "dog/back": circle,
        "dog/deep/3.jpg": None,
        "dog/self": circle,
        "dog/up": circle,
    }
    assert dict(images_below(root))["cat/0.jpg"] == OUT


def test_hidden_comes_before_every_other_fault(tmp_path):
    with open(os.fsencode(tmp_path) + b"/._caf\xe9.png", "wb"):
        pass
    assert dict(images_below(tmp_path)) == {"._caf\ufffd.png": "hidden"}


def test_ids_are_composed_unless_two_would_be_the_same():
    apart, one = "e\u0301.png", "\u00e9.png"
    assert stable_ids([apart, "a.png"]) == [one, "a.png"]
    assert stable_ids([apart, one]) == [apart, one]
