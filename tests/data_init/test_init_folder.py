"""From a folder to files that work: what is written is built and read back."""

import errno
import shlex
import subprocess
from pathlib import Path
from subprocess import PIPE

import pytest

from kpoc.data_init import init_task
from kpoc.ground.schema import SchemaError
from kpoc.ground.yaml_values import read_yaml
from kpoc.protocols.build import build_manifest
from kpoc.protocols.manifest import FIXED_COLUMNS
from kpoc.recipe import load_recipe
from kpoc.sources.source import SourceError


def words(command):
    """The words of a command, as a shell takes them."""
    said = ["bash", "-c", f"printf '%s\\0' {command}"]
    return (
        subprocess.run(said, stdout=PIPE, check=True).stdout.decode().split("\0")[:-1]
    )


def built(made):
    """The manifest by the command that is printed."""
    *command, protocol, option, data = words(made.commands[0])
    assert (command, option) == (["kpoc", "data", "build"], "--data")
    return build_manifest(protocol, data)


def sides(made):
    """The recipes by the command that is printed, checked against the rows."""
    kpoc, compare, baseline, method, option, data = shlex.split(made.commands[1])
    assert (kpoc, compare, option) == ("kpoc", "compare", "--data")
    recipes = [load_recipe(baseline), load_recipe(method)]
    for recipe in recipes:
        manifest = build_manifest(recipe.task.protocol, data)
        manifest.validate(recipe.task.targets, recipe.task.groups)
    return recipes


def steps(made):
    return [step["name"] for step in read_yaml(made.files[0])["steps"]]


def test_an_imbalanced_folder(pictures):
    pictures.classes(cat=250, dog=60, fox=40)
    made = init_task("photos", name="mine")
    assert [str(path) for path in made.files] == [
        "mine/protocol.yaml",
        "mine/baseline.yaml",
        "mine/lmf.yaml",
        "mine/method.yaml",
    ]
    assert "kpoc compare mine/baseline.yaml mine/method.yaml --data" in str(made)
    manifest = built(made)
    assert manifest.digest == made.manifest.digest
    table = manifest.table.groupby(["label", "split"]).size().unstack()
    # 8 of each is no more than 7 % of the rows: a fifth of each class instead
    assert table["test"].to_dict() == {"cat": 50, "dog": 12, "fox": 8}
    assert table["validation"].to_dict() == {"cat": 40, "dog": 10, "fox": 6}
    baseline, method = sides(made)
    target, loss = baseline.task.targets["label"], method.task.targets["label"].loss
    assert (target.kind, target.classes) == ("categorical", ["cat", "dog", "fox"])
    assert target.loss.name == "sparse_categorical_crossentropy" and loss.name == "lmf"
    assert baseline.primary == "label.macro_f1" and baseline.task.groups == []
    assert (baseline.model.backbone, baseline.model.weights) == ("small_cnn", None)
    assert (baseline.image_size, baseline.batch_size) == (32, 32)
    assert method.model == baseline.model and method.epochs == baseline.epochs
    assert method.name == "mine/lmf" and method.task.targets["label"].weight == 1.0


def test_a_balanced_folder_of_two(pictures):
    pictures.classes(cat=100, dog=90)
    made = init_task("photos", targets=["animal"], name="mine")
    assert [path.name for path in made.files[2:]] == ["focal.yaml", "method.yaml"]
    baseline, method = sides(made)
    assert baseline.task.targets["animal"].kind == "binary"
    assert method.task.targets["animal"].loss.name == "focal"
    table = built(made).table
    test = table[table["split"] == "test"]
    # a fifth of the rarest class, of every class
    assert test["animal"].value_counts().to_dict() == {"cat": 18, "dog": 18}
    assert set(test["stratum"]) == {"cat", "dog"}


def test_what_is_odd_is_said_and_dealt_with(pictures):
    pictures.classes(cat=60, dog=50, rare=4)
    pictures.write("cat/copy.png", like="cat/1.png")
    pictures.write("dog/liar.png", like="cat/2.png")
    (pictures.root / "cat" / "notes.txt").write_text("x")
    (pictures.root / "dog" / "cut.png").write_bytes(b"\x89PNG\r\n\x1a\nxx")
    made = init_task("photos", name="mine")
    told = str(made)
    for part in (
        "label: 3 classes: cat 61, dog 52, rare 4",
        "not an image, by its name: cat/notes.txt",
        "4 files, of which 3 left out",
        "classes of `label` left out as too rare: rare (4 images)",
        "images that cannot be decoded are left out: 1",
        "dog/cut.png",
        "next:\n  kpoc data build mine/protocol.yaml --data photos\n",
    ):
        assert part in told, told
    table = built(made).table
    assert set(table["label"]) == {"cat", "dog"}
    assert not {"cat/2.png", "dog/liar.png"} & set(table["id"])
    assert len({"cat/1.png", "cat/copy.png"} & set(table["id"])) == 1
    assert "dog/cut.png" not in set(table["id"])
    assert sides(made)[0].unreadable == "error"


@pytest.mark.parametrize(
    ("folders", "wanted", "drawn"),
    [
        (("train", "val", "test"), {"train", "val", "test"}, []),
        (("Training", "Testing"), {"Training", "Testing"}, ["split"]),
        # no test: what is called val is what people report on
        (("train", "val"), {"train", "val"}, ["split"]),
    ],
)
def test_folders_of_splits_are_taken_over(pictures, folders, wanted, drawn):
    numbers = dict(zip(folders, (60, 15, 20), strict=False))
    for folder, number in numbers.items():
        pictures.classes(**{f"{folder}/cat": number, f"{folder}/dog": number // 2})
    made = init_task("photos", name="mine")
    source = read_yaml(made.files[0])["source"]
    assert set(source["split_folders"]) == wanted
    assert steps(made) == ["given", "deduplicate", *drawn]
    table = built(made).table
    last = folders[-1]
    test = table.loc[table["split"] == "test", "id"]
    assert test.str.startswith(last + "/").all()
    assert len(test) == numbers[last] + numbers[last] // 2
    train = table.loc[table["split"] == "train", "id"]
    assert train.str.startswith(folders[0] + "/").all()
    assert ("there is no test" in str(made)) == (last == "val")


def test_a_class_that_is_not_trained_is_left_out(pictures):
    pictures.classes(**{"train/cat": 40, "train/dog": 40, "test/cat": 10})
    pictures.classes(**{"test/dog": 10, "test/fox": 30})
    made = init_task("photos", name="mine")
    assert "fox (0 train images)" in str(made)
    assert set(built(made).table["label"]) == {"cat", "dog"}


def test_a_folder_in_a_folder_is_passed_through(pictures):
    pictures.classes(**{"export/images/cat": 20, "export/images/dog": 20})
    made = init_task("photos", name="mine")
    assert made.commands[0].endswith("--data photos/export/images")
    assert set(built(made).table["label"]) == {"cat", "dog"}


def test_files_never_go_among_the_images_nor_over_others(pictures):
    pictures.classes(cat=20, dog=20)
    made = init_task("photos")
    assert made.files[0].parent.name == "photos-task"
    before = made.files[0].read_text()
    pictures.classes(fox=20)
    with pytest.raises(FileExistsError, match="photos-task/protocol.yaml.*baseline"):
        init_task("photos")
    assert made.files[0].read_text() == before
    init_task("photos", force=True)
    assert made.files[0].read_text() != before
    other = init_task("photos", out="else/where", name="mine")
    assert [str(path.parent) for path in other.files] == ["else/where"] * 4
    assert sides(other)[1].name == "mine/focal"
    for out in ("photos/cat/0.png", "photos/cat/0.png/mine"):
        with pytest.raises(ValueError, match="`--out` must be a folder.*0.png is a fi"):
            init_task("photos", out=out)


def test_the_files_may_be_used_from_elsewhere(pictures, tmp_path, monkeypatch):
    pictures.classes(cat=20, dog=20)
    made = init_task("photos", name="mine")
    digest = made.manifest.digest
    monkeypatch.chdir("mine")
    recipe = load_recipe("method.yaml")
    assert recipe == load_recipe("focal.yaml") and recipe.name == "mine/focal"
    with pytest.raises(SchemaError, match="exists.*lmf.yaml; in . there is baseline.y"):
        load_recipe("lmf.yaml")
    manifest = build_manifest(recipe.task.protocol, tmp_path / "photos")
    assert manifest.digest == digest


def test_odd_signs_in_paths_break_neither_the_files_nor_the_terminal(pictures):
    odd = "my\nphotos \x1b[31m 'x' \\"
    pictures.root = pictures.root / odd
    pictures.classes(**{"c\nat": 20, "d\x1b[2Jog": 20})
    made = init_task(pictures.root, name="mi\tne")
    told = str(made)
    assert all(line.isprintable() for line in told.splitlines())
    assert "c\\nat 20" in told
    [recipe, _, manifest] = [load_recipe(made.files[n]) for n in (1, 3)] + [built(made)]
    assert set(manifest.table["label"]) == {"c\nat", "d\x1b[2Jog"}
    assert manifest.digest == made.manifest.digest and recipe.name == "mi\tne/baseline"


def test_all_files_are_written_or_none(pictures, monkeypatch):
    pictures.classes(cat=20, dog=20)
    written = Path.write_text

    def full(self, *args, **options):
        if self.name.endswith("method.yaml"):
            raise OSError(errno.ENOSPC, "No space left on device", str(self))
        return written(self, *args, **options)

    with monkeypatch.context() as disk:
        disk.setattr(Path, "write_text", full)
        with pytest.raises(OSError, match="No space left"):
            init_task("photos", name="mine", out="deep/mine")
        assert not Path("deep").exists()
        for name in ("protocol", "baseline", "focal"):
            place = Path(f"mine/{name}.yaml")
            place.parent.mkdir(exist_ok=True)
            place.touch()
        with pytest.raises(OSError, match="No space left"):
            init_task("photos", name="mine", force=True)
        assert {path.name: path.read_text() for path in Path("mine").iterdir()} == {
            "protocol.yaml": "",
            "baseline.yaml": "",
            "focal.yaml": "",
        }
    Path("mine/method.yaml").mkdir()
    with pytest.raises(FileExistsError, match="must not be folders already.*method"):
        init_task("photos", name="mine", force=True)


def test_names_of_any_kind(pictures):
    names = ["no", "1e3", "Größe: 'L', \"XL\"", "猫 🐱", "a|b"]
    for name in names:
        pictures.classes(**{name: 20})
    made = init_task("photos", name="mine")
    [recipe, _] = sides(made)
    assert sorted(recipe.task.targets["label"].classes) == sorted(names)


@pytest.mark.parametrize(
    ("counts", "match"),
    [
        (
            {"cat": 50, "dog": 9},
            "at least 2 classes with 10 images.*cat .50 images., dog .9 images",
        ),
        ({"cat": 50}, "at least 2 classes"),
        ({}, r"one folder a class.*0 images and no folder"),
    ],
)
def test_folders_that_are_not_enough(pictures, counts, match):
    pictures.root.mkdir()
    pictures.classes(**counts)
    with pytest.raises(SourceError, match=match):
        init_task("photos", name="mine")
    assert not (pictures.root.parent / "mine").exists()


def test_linked_classes_are_not_followed(pictures):
    pictures.classes(**{"../store/cat": 20, "../store/dog": 20})
    for name in ("cat", "dog"):
        (pictures.root / name).symlink_to(pictures.root.parent / "store" / name)
    with pytest.raises(SourceError, match="links to folders, which are not followed"):
        init_task("photos")
    pictures.classes(fox=20, owl=20)
    told = str(init_task("photos", name="mine"))
    assert "2: a link that leads out of the data folder: cat, dog" in told


def test_a_folder_of_images_with_a_table_says_which_command_to_take(pictures):
    pictures.write("a.png")
    (pictures.root / "labels.csv").write_text("x")
    with pytest.raises(
        SourceError, match="data init photos/labels.csv --images photos"
    ):
        init_task("photos")


def test_what_can_be_said_of_tables_only(pictures):
    pictures.classes(cat=20, dog=20)
    with pytest.raises(SourceError, match="--group, --kind with the folder photos"):
        init_task("photos", groups=["x"], kinds={"x": "class"})
    with pytest.raises(SourceError, match="one --target"):
        init_task("photos", targets=["a", "b"])
    with pytest.raises(SourceError, match="--target must hold letters.*'größe'"):
        init_task("photos", targets=["größe"])
    for name in (*FIXED_COLUMNS, "split_folder"):
        with pytest.raises(SourceError, match=f"be none of.*Received: '{name}'"):
            init_task("photos", targets=[name])
    for place in ("photos/cat/1.png", "nothing", "archive.tar"):
        with pytest.raises(SourceError, match="a folder of images or a table"):
            init_task(place)


def test_pictures_that_are_none(pictures):
    for i in range(40):
        path = pictures.root / ("cat" if i % 2 else "dog") / f"{i}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"not an image {i}")
    with pytest.raises(SourceError, match="must be decodable"):
        init_task("photos", name="mine")
