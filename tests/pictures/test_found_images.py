import os

from PIL import Image

from kpoc.pictures.found_images import describe_passed_over, find_images
from kpoc.protocols.check import as_text, check_data
from kpoc.sources.kinds.folder import Folder


def picture(path, kind="png"):
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.effect_noise((20, 20), 50).convert("RGB")
    image.save(path, kind)


def test_check_folders_and_predict_take_the_same_files(tmp_path):
    root = tmp_path / "root"
    picture(root / "cat" / "a.png")
    picture(root / "cat" / "phone.HEIC", "jpeg")
    picture(root / "cat" / "._a.png")
    picture(root / "__MACOSX" / "cat" / "a.png")
    picture(tmp_path / "cache" / "blob")
    (root / "cat" / "real.heic").write_bytes(b"\0\0\0 ftypheic")
    (root / "cat" / "linked.png").symlink_to(tmp_path / "cache" / "blob")
    for links, more in (("inside", set()), ("follow", {"cat/linked.png"})):
        taken = {"cat/a.png", "cat/phone.HEIC"} | more
        found = find_images(root, links)
        assert set(found.names) == taken
        done = check_data(str(root), links=links)
        assert {one.path for one in done.findings if not one.kind} == taken
        assert done.errors == found.refused
        assert set(Folder(links=links).read(root, root).frame["path"]) == taken
        assert ("--links follow" in as_text(done)) == (links == "inside")
    kinds = {one.path: one.kind for one in find_images(root).refused}
    assert kinds == {"cat/real.heic": "unsupported", "cat/linked.png": "link"}


def test_what_is_passed_over_is_said_in_one_line(tmp_path):
    picture(tmp_path / ".thumbnails" / "a.png")
    (tmp_path / "notes.txt").write_text("x")
    with open(os.fsencode(tmp_path) + b"/caf\xe9.txt", "wb"):
        pass
    found = find_images(tmp_path)
    assert found.names == [] and found.refused == []
    assert describe_passed_over(found.passed_over) == (
        "passed over: 1 hidden, 1 its name is no valid UTF-8, "
        "1 not an image, by its name"
    )
