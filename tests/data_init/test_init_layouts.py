"""Folders as others lay them out: splits, masks and subjects in other places."""

import pytest

from kpoc.data_init import init_task
from kpoc.data_init.layout import find_layout, splits_in_names
from kpoc.data_init.masks import find_masks
from kpoc.data_init.split_words import splits_of
from kpoc.data_init.subjects import Subjects, find_subjects
from kpoc.ground.yaml_values import read_yaml
from kpoc.protocols.build import build_manifest
from kpoc.sources.kinds.folder import Folder, Misplaced
from kpoc.sources.source import SourceError


def init(pictures, **options):
    return init_task("photos", name="mine", **options)


def table(made):
    return build_manifest(made.files[0], made.look.root).table


def empty(root, *folders):
    for folder in folders:
        (root / folder).mkdir(parents=True)
        (root / folder / "0.png").touch()
    return root


@pytest.mark.parametrize(
    ("names", "splits"),
    [
        ("seg_train seg_test seg_pred", "train test -"),
        ("training_set test_set", "train test"),
        ("Train-Images Test-Images", "train test"),
        ("train2017 val2017 test2017", "train validation test"),
        ("test1 train", "test train"),
        ("valid_images train_images", "validation train"),
        ("asl_alphabet_train asl_alphabet_test", "train test"),
        ("PublicTest Training", "test train"),
        ("trainA trainB testA testB", "train train test test"),
        ("trainset valset TestData", "train validation test"),
        ("trainval TEST", "train test"),
        ("train_station bus_station test_tube", "- - -"),
        ("trains cat latest", "- - -"),
        ("bullet_train freight_train", "- -"),
    ],
)
def test_names_that_stand_for_splits(names, splits):
    found = splits_of(names.split())
    assert [found.get(name, "-") for name in names.split()] == splits.split()


@pytest.mark.parametrize(
    ("folders", "splits"),
    [
        ("seg_train/seg_train seg_test/seg_test", "train test"),
        ("Train|Images Test|Images", "train test"),
        ("train/data val/data", "train validation"),
        ("export_v2_train/inner export_v2_test", "train test"),
    ],
)
def test_folders_of_splits_with_longer_names_and_deeper(tmp_path, folders, splits):
    names = [name.replace("|", " ") for name in folders.split()]
    for name in names:
        empty(tmp_path, f"{name}/cat", f"{name}/dog")
    found = find_layout(tmp_path).splits
    assert found == dict(zip(names, splits.split(), strict=True))


def test_splits_inside_of_the_classes(pictures):
    for name in ("good", "bad"):
        pictures.classes(**{f"{name}/Train Images": 40, f"{name}/Test Images": 12})
    made = init(pictures)
    assert made.plan.columns["label"].classes == ["bad", "good"]
    rows = table(made)
    inside = rows["path"].str.contains("/Test Images/")
    assert ((rows["split"] == "test") == inside).all() and inside.sum() == 24


@pytest.mark.parametrize(
    "folders",
    [
        ["cat/old/train", "cat/old/test", "dog/new"],
        ["cat/a/train2017", "dog/b/val2017", "fox"],
    ],
)
def test_splits_further_down_are_refused(tmp_path, monkeypatch, folders):
    monkeypatch.chdir(tmp_path)
    empty(tmp_path / "photos", *folders)
    with pytest.raises(SourceError, match="folders of splits must hold.*cat/[ao]"):
        init_task("photos")


def test_parts_of_a_data_set_are_no_classes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for i in (1, 2):
        empty(tmp_path / "photos", f"fold{i}/cat", f"fold{i}/dog")
    with pytest.raises(
        SourceError, match="`train` and.*fold1, fold2, each with cat, d"
    ):
        init_task("photos")


def test_names_of_files_that_speak_of_splits_are_named():
    names = ["cat/train_1.png", "cat/test_2.png", "dog/9.png"]
    assert splits_in_names(map(Folder().place, names[1:])) == []
    [remark] = splits_in_names(map(Folder().place, names))
    assert "speak of splits (test, train), which are not taken over" in remark


def test_what_may_be_a_split_or_a_class(tmp_path):
    empty(tmp_path / "a", "my_train", "other_test")
    with pytest.raises(SourceError, match="which are splits.*`train` and `test`"):
        find_layout(tmp_path / "a")
    empty(tmp_path / "b", "passenger_train", "bus")
    [remark] = find_layout(tmp_path / "b").remarks
    assert remark.startswith("taken for classes, not for splits: passenger_train. ")


def test_masks_of_a_split_are_no_split(tmp_path):
    for name in ("train", "train_masks", "test", "test_masks"):
        empty(tmp_path, f"{name}/cat", f"{name}/dog")
    assert find_layout(tmp_path).splits == {"train": "train", "test": "test"}


@pytest.mark.parametrize(
    ("image", "mask"),
    [
        ("images/{}.png", "masks/{}.png"),
        ("{}.png", "GroundTruth/{}.png"),
        ("{}.png", "lung_masks/deep/{}.png"),
        ("a ({}).png", "a ({})_mask.png"),
        ("a ({}).png", "a ({})_mask_1.png"),
        ("{}_rgb.png", "{}_depth.png"),
        ("img_{}.png", "mask_{}.png"),
        ("x{}.png", "x{}-segmentation.png"),
    ],
)
def test_masks_beside_the_images_are_found(image, mask):
    both = [
        [f"{name}/{form.format(i)}" for name in ("cat", "dog") for i in range(20)]
        for form in (image, mask)
    ]
    found = find_masks({path: Folder().place(path) for paths in both for path in paths})
    assert sum(found.values()) == 40
    source = Folder(leave_out=list(found))
    for path in both[0]:
        assert source.place(path)
    for path in both[1]:
        with pytest.raises(Misplaced, match="left out, as "):
            source.place(path)


def test_masks_are_left_out_and_named(pictures):
    for name in ("cat", "dog"):
        pictures.classes(**{f"{name}/images": 20, f"{name}/masks": 20})
    made = init(pictures)
    assert not table(made)["path"].str.contains("mask").any()
    assert (
        "note: masks or annotations beside the images are left out: */masks/* (40)"
        in (str(made))
    )
    assert "40: left out, as */masks/*: cat/masks/0.png" in str(made)


def test_classes_and_names_that_speak_of_masks_are_images(pictures):
    for name in ("with_mask", "without_mask"):
        for i in range(20):
            pictures.write(f"{name}/{i}-{name}.png")
    assert len(table(init(pictures))) == 40
    pictures.root = pictures.root.parent / "pairs"
    pictures.classes(images=20, masks=20)
    with pytest.raises(SourceError, match="images, masks, which .* are images and mas"):
        init_task("pairs")


SUBJECTS = {
    "subfolder": "{c}/{c}_{s}/{i}.png",
    "deeper": "{c}/all/{c}_{s}/{m}/{i}.png",
    "frames": "{c}/{c}_video{s}/frame_{i:04}.png",
    "exported": "{c}/{c}{s}_jpg.rf.{h}.png",
    "augmented": "{c}/IMG_{c}{s}_aug{i}.png",
    "turned": "{c}/{c}{s}_{i}0deg.png",
    "series": "{c}/p{c}{s}_{i}.png",
    "person": "{c}/person{c}{s}_left_{h}.png",
    "variants": "{c}/{m}/{c}{s}.png",
}


@pytest.mark.parametrize("kind", SUBJECTS)
def test_what_tells_the_subject_of_an_image(kind):
    subject = {}
    for c in "ab":
        for s in range(10):
            for i in range(4):
                form = dict(c=c, s=s, i=i, m=f"{10 * i + 10}X", h=f"{7 ** (i + 9):08x}")
                subject[SUBJECTS[kind].format(**form)] = f"{c}{s}"
    placed = {path: Folder().place(path) for path in subject}
    found = find_subjects(list(placed.values()), None)
    source = Folder(**found.parameters)
    pairs = {(subject[path], source.subject_of(placed[path])) for path in subject}
    assert len(pairs) == len(dict(pairs)) == len({told for _, told in pairs}) == 20
    assert found.remarks[-1].startswith("images stay together in one split by ")
    assert find_subjects(list(placed.values()), "none").parameters == {}


@pytest.mark.parametrize(
    "name", ["{i}.png", "{c}_{i:03}.png", "{c} ({i}).png", "IMG_{i}_{h}.png"]
)
def test_numbered_images_are_no_subjects(name):
    source = Folder(split_folders=["train", "test"])
    placed = [
        source.place(f"{part}/{c}/" + name.format(c=c, i=i, h=f"{i**9:09x}"))
        for part in ("train", "test")
        for c in ("cat", "dog")
        for i in range(20)
    ]
    assert find_subjects(placed, None) == Subjects()


def test_images_of_one_subject_stay_in_one_split(pictures):
    for c in "ab":
        pictures.classes(**{f"{c}/{c}{s}": 4 for s in range(10)})
    rows = table(init(pictures))
    torn = rows.groupby(rows["path"].str[:4])["split"].nunique()
    assert torn.max() == 1 and set(rows["split"]) == {"train", "validation", "test"}
    rows = table(init(pictures, together="none", force=True))
    assert rows.groupby(rows["path"].str[:4])["split"].nunique().max() > 1


def test_too_few_subjects_are_said(pictures):
    for c in ("cat", "dog"):
        pictures.classes(**{f"{c}/{c}{s}": 10 for s in range(3 if c == "dog" else 8)})
    made = init(pictures)
    assert "note: the folders inside of the classes (" in str(made)
    assert "(dog has 3), so their images are torn apart" in str(made)
    assert "subject" not in read_yaml(made.files[0])["source"]
    with pytest.raises(SourceError, match="dog .3 subject"):
        init(pictures, together="subfolder", force=True)


def test_what_cannot_keep_images_of_a_folder_together(pictures):
    pictures.classes(cat=20, dog=20)
    with pytest.raises(SourceError, match="must be subfolder, stem, series or none"):
        init(pictures, together="person")
    with pytest.raises(SourceError, match="must have folders inside of the classes"):
        init(pictures, together="subfolder")
