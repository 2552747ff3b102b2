import unicodedata

import pandas as pd
import pytest

from kpoc.ground.hashing import file_sha256
from kpoc.ground.schema import SchemaError, validate
from kpoc.sources.source import SOURCES, SourceError


def read(root, **parameters):
    source = validate(SOURCES.get("folder"), parameters, "folder")
    return source.read(root, root)


def write(root, *names):
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(name.encode())
    return root


def labels(listing, *names):
    return listing.frame.set_index("id")[list(names)].to_dict("index")


def test_the_folder_is_the_class_however_deep_the_image_lies(tmp_path):
    write(tmp_path, "cat/1.jpg", "cat/old/2.png", "dog/1.jpg")
    listing = read(tmp_path)
    assert labels(listing, "label") == {
        "cat/1.jpg": {"label": "cat"},
        "cat/old/2.png": {"label": "cat"},
        "dog/1.jpg": {"label": "dog"},
    }
    frame = listing.frame
    assert frame["path"].equals(frame["id"]) and listing.root == tmp_path.resolve()
    hashes = [file_sha256(tmp_path / path) for path in frame["path"]]
    assert frame["sha256"].tolist() == hashes
    assert listing.reported == []


def test_what_has_no_class_is_reported(tmp_path):
    write(tmp_path, "cat/1.jpg", "loose.jpg", "cat/info.txt", ".thumbs/1.jpg")
    (tmp_path / "fox" / "empty").mkdir(parents=True)
    write(tmp_path, "owl/notes.doc")
    assert dict(read(tmp_path).reported) == {
        ".thumbs": "hidden",
        "cat/info.txt": "not an image, by its name",
        "loose.jpg": "in no folder of a class",
        "owl/notes.doc": "not an image, by its name",
        "fox/": "a folder of a class without an image",
        "owl/": "a folder of a class without an image",
    }


def test_split_folders(tmp_path):
    write(tmp_path, "train/cat/1.jpg", "train/dog/x/2.jpg", "test/cat/3.jpg")
    write(tmp_path, "test/4.jpg", "extra/cat/5.jpg", "6.jpg")
    listing = read(tmp_path, label="animal", split_folders=["train", "test"])
    assert labels(listing, "animal", "split_folder") == {
        "train/cat/1.jpg": {"animal": "cat", "split_folder": "train"},
        "train/dog/x/2.jpg": {"animal": "dog", "split_folder": "train"},
        "test/cat/3.jpg": {"animal": "cat", "split_folder": "test"},
    }
    assert dict(listing.reported) == {
        "6.jpg": "in none of the folders train, test",
        "extra/cat/5.jpg": "in none of the folders train, test",
        "test/4.jpg": "in no folder of a class",
    }


def test_names_of_classes_and_ids_are_composed_and_paths_stay_as_they_are(tmp_path):
    apart, composed = (
        unicodedata.normalize(form, "größe é") for form in ("NFD", "NFC")
    )
    write(tmp_path, f"{apart}/1.jpg", f"{composed}/2.jpg", "猫/3.jpg")
    frame = read(tmp_path).frame.set_index("id")
    assert set(frame["label"]) == {composed, "猫"}
    # the same data has the same ids where names are stored otherwise
    assert frame.loc[f"{composed}/1.jpg", "path"] == f"{apart}/1.jpg"
    write(tmp_path, f"{composed}/1.jpg")
    both = read(tmp_path).frame
    assert set(both["id"]) == set(both["path"]) and len(both) == 4


def test_links_must_stay_inside(tmp_path):
    root = write(tmp_path / "root", "cat/1.jpg")
    write(tmp_path, "far/2.jpg")
    (root / "dog").symlink_to(tmp_path / "far")
    (root / "cat" / "3.jpg").symlink_to(tmp_path / "far" / "2.jpg")
    (root / "cat" / "4.jpg").symlink_to("1.jpg")
    listing = read(root)
    assert listing.frame["id"].tolist() == ["cat/1.jpg", "cat/4.jpg"]
    reason = "a link that leads out of the data folder"
    assert dict(listing.reported) == {"cat/3.jpg": reason, "dog": reason}


def test_folders_without_classes_say_what_is_there(tmp_path):
    write(tmp_path, "1.jpg", "2.jpg", "names.csv")
    with pytest.raises(SourceError, match=r"folders of classes.*1\.jpg.*names\.csv"):
        read(tmp_path)
    for wrong in (tmp_path / "nothing", tmp_path / "names.csv", None):
        source = SOURCES.get("folder")()
        with pytest.raises(SourceError, match="must be a folder"):
            source.read(wrong, tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceError, match="which holds nothing"):
        read(tmp_path / "empty")


@pytest.mark.parametrize("name", ["split", "a.b", ""])
def test_names_that_a_label_cannot_have(name):
    with pytest.raises(SchemaError, match="no dot and be none of id, path, split"):
        validate(SOURCES.get("folder"), {"label": name}, "folder")


def test_the_listing_does_not_depend_on_where_the_folder_lies(tmp_path):
    one, two = (write(tmp_path / n, "b/1.jpg", "a/2.jpg") for n in ("one", "two"))
    pd.testing.assert_frame_equal(read(one).frame, read(two).frame)
