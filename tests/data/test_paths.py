import os

import pytest

from kpoc.data.paths import images_below, near_names

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
