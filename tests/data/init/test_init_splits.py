"""Folders such as train and test, in which labels, classes or images are missing."""

import pytest

from kpoc.data import build_manifest, init_task
from kpoc.data.source import SourceError
from kpoc.yaml_values import read_yaml


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
    assert made.plan.columns["label"].classes == ["a", "b"]
    manifest = build_manifest(made.files[0], "photos")
    assert manifest.counts == {"train": 38, "validation": 10, "test": 12}
    assert not set(manifest.table["id"]) & set(broken)


def test_why_too_few_classes_are_left_is_said(pictures):
    pictures.classes(a=30, b=9)
    for i in range(30):
        pictures.write(f"c/{i}.png", like=f"a/{i}.png")
    with pytest.raises(SourceError) as error:
        init_task("photos", name="mine")
    told = str(error.value)
    assert "b (9 images); copies of one another" in told and "60 files" in told
