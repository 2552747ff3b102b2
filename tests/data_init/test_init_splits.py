"""Folders such as train and test, in which labels, classes or images are missing."""

import pytest

from kpoc.data_init import init_task
from kpoc.ground.yaml_values import read_yaml
from kpoc.protocols.build import build_manifest
from kpoc.protocols.describe import describe
from kpoc.sources.source import SourceError


def init(pictures, **counts):
    pictures.classes(**counts)
    return init_task("photos", name="mine")


def splits(made):
    """Rows by the folder that they come from and the split that they are in."""
    table = build_manifest(made.files[0], "photos").table
    folders = table["id"].str.split("/").str[0]
    return table.groupby([folders, table["split"]]).size().to_dict()


@pytest.mark.parametrize("other", ["test", "unlabelled"])
def test_a_train_folder_beside_images_without_labels(pictures, other):
    made = init(pictures, **{"train/a": 20, "train/b": 20, other: 12})
    assert read_yaml(made.files[0])["source"]["split_folders"] == ["train"]
    assert made.plan.columns["label"].classes == ["a", "b"]
    told = str(made)
    assert f"what lies in {other} is left out" in told
    assert f"12: in none of the folders train: {other}/0.png" in told
    assert splits(made) == {
        ("train", "train"): 26,
        ("train", "validation"): 6,
        ("train", "test"): 8,
    }


def test_a_class_may_be_called_train(pictures):
    made = init(pictures, **{"train/steam": 20, "car/new": 20, "bus": 20})
    assert made.plan.columns["label"].classes == ["bus", "car", "train"]
    made = init_task(init_folder(pictures), name="other")
    assert made.plan.columns["label"].classes == ["car", "train"]


def init_folder(pictures):
    pictures.root = pictures.root.parent / "toys"
    return pictures.classes(train=20, car=20)


def test_splits_without_labels_are_refused(pictures):
    with pytest.raises(SourceError, match="photos/train must hold one folder a class"):
        init(pictures, **{"train": 20, "test": 12})


@pytest.mark.parametrize("test", [{"c": 10, "d": 10}, {"unknown": 12}])
def test_a_test_of_other_classes_is_left_out_and_one_is_drawn(pictures, test):
    counts = {"train/a": 30, "train/b": 30} | {f"test/{c}": n for c, n in test.items()}
    made = init(pictures, **counts)
    listed = ", ".join(f"{name} (0 train images)" for name in test)
    assert f"left out as too rare: {listed}" in str(made)
    assert "nothing is left of test: " in str(made)
    assert splits(made)["train", "test"] == 12
    assert {folder for folder, _ in splits(made)} == {"train"}


def test_a_test_without_images_is_drawn(pictures):
    pictures.classes(**{"train/a": 30, "train/b": 30})
    (pictures.root / "test" / "a").mkdir(parents=True)
    (pictures.root / "test" / "a" / "0.heic").write_bytes(b"\0\0\0 ftypheic")
    made = init_task("photos", name="mine")
    assert splits(made)["train", "test"] == 12
    assert "1: a HEIF image, which is not read here: test/a/0.heic" in str(made)


def test_without_such_a_test_what_is_called_validation_is_it(pictures):
    counts = {"train/a": 30, "train/b": 30, "val/a": 11, "val/b": 12, "test/x": 10}
    made = init(pictures, **counts)
    assert "there is no test: val is taken for it" in str(made)
    found = splits(made)
    assert found["val", "test"] == 23 and found["train", "validation"] == 12


def test_a_given_test_without_a_class_is_named(pictures):
    made = init(pictures, **{"train/a": 30, "train/b": 30, "test/a": 10})
    assert "the test that the data come with has no image of `label` b:" in str(made)


def test_what_cannot_be_decoded_counts_for_nothing(pictures):
    pictures.classes(a=30, b=30, c=15, d=14)
    broken = [f"c/{i}.png" for i in range(15)] + [f"d/{i}.png" for i in range(5)]
    for name in broken:
        (pictures.root / name).write_bytes(b"\0\0\0 ftypheic" + name.encode())
    made = init_task("photos", name="mine")
    told = str(made)
    assert "images that cannot be decoded are left out: 20" in told
    assert "classes of `label` left out as too rare: d (9 images)" in told
    assert "no image of these classes of `label` can be decoded, so nothing" in told
    assert "is left of them: c (all 15)" in told
    assert "cannot be decoded, by `label`: d 5 of 14" in told
    assert made.plan.columns["label"].classes == ["a", "b"]
    manifest = build_manifest(made.files[0], "photos")
    assert manifest.counts == {"train": 38, "validation": 10, "test": 12}
    assert "single images are dropped, and so `label` c (all 15)" in describe(manifest)
    assert not set(manifest.table["id"]) & set(broken)


def test_why_too_few_classes_are_left_is_said(pictures):
    pictures.classes(a=30, b=9)
    for i in range(30):
        pictures.write(f"c/{i}.png", like=f"a/{i}.png")
    with pytest.raises(SourceError) as error:
        init_task("photos", name="mine")
    told = str(error.value)
    assert "b (9 images); copies of one another" in told and "60 files" in told


def test_a_given_test_stays_whole_and_copies_leave_the_others(pictures):
    pictures.classes(**{"train/a": 30, "train/b": 30, "val/a": 9, "val/b": 9})
    for i, name in enumerate(["train/a/0", "train/a/1", "val/a/0", "train/b/2"]):
        pictures.write(f"test/a/{i}.png", like=f"{name}.png")
    for i, name in enumerate(["train/b/3", "val/b/1"]):
        pictures.write(f"test/b/{i}.png", like=f"{name}.png")
    pictures.write("test/b/again.png", like="test/b/0.png")
    pictures.write("val/a/copy.png", like="train/a/4.png")
    made = init_task("photos", name="mine")
    ids = set(build_manifest(made.files[0], "photos").table["id"])
    assert ids == {
        *(f"train/a/{i}.png" for i in range(30) if i not in (0, 1, 4)),
        *(f"train/b/{i}.png" for i in range(30) if i not in (2, 3)),
        *(f"val/a/{i}.png" for i in range(1, 9)),
        *(f"val/b/{i}.png" for i in range(9) if i != 1),
        *(f"test/a/{i}.png" for i in range(4)),
        *("test/b/0.png", "test/b/1.png", "test/b/again.png", "val/a/copy.png"),
    }
    assert "of which 7 left out (5 of train, 2 of validation)" in str(made)
    assert "are left out as said above" not in str(made)


def test_what_a_given_test_lost_is_said(pictures):
    pictures.classes(**{"train/a": 30, "train/b": 30, "test/a": 9, "test/b": 9})
    (pictures.root / "test/a/3.png").write_bytes(b"x")
    (pictures.root / "train/a/3.png").write_bytes(b"xy")
    told = str(init_task("photos", name="mine"))
    assert "of the 18 images of the test that the data come with, 1 are left" in told
