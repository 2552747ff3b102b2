"""From a table to files that work, over tables as people write them."""

import csv

import numpy as np
import pandas as pd
import pytest

from kpoc.data_init import init_task
from kpoc.ground.yaml_values import read_yaml
from kpoc.protocols.build import build_manifest
from kpoc.recipe import load_recipe
from kpoc.sources.source import SourceError

ROWS = 120


@pytest.fixture
def table(pictures):
    """120 rows about pictures: a class, a number, a group, an owner, a split, notes."""
    rng = np.random.default_rng(0)
    owner = np.sort(rng.integers(0, 50, ROWS))
    return pd.DataFrame(
        {
            "file": [pictures.write(f"{i}.png") for i in range(ROWS)],
            "breed": rng.choice(["cat", "dog", "fox"], ROWS, p=[0.6, 0.25, 0.15]),
            "age": rng.lognormal(2.5, 0.6, ROWS).round(1) + 1,
            "site": rng.choice(["north", "south"], ROWS),
            "owner_id": [f"P{i}" for i in owner],
            "notes": [f"free text {i // 2}" for i in range(ROWS)],
        }
    )


def init(table, place="photos/labels.csv", targets=("breed",), write=None, **options):
    write = write or (lambda frame: frame.to_csv(place, index=False))
    write(table)
    options = {"name": "mine", "force": True} | options
    return init_task(place, targets=list(targets), **options)


def source(made):
    return read_yaml(made.files[0])["source"]


def built(made):
    return build_manifest(made.files[0], made.look.root)


def test_a_table_with_all_kinds_of_columns(table):
    made = init(table, targets=["breed", "age"])
    assert source(made) == {
        "name": "csv",
        "table": "labels.csv",
        "path": "file",
        "columns": {
            "breed": "class",
            "age": "number",
            "site": "class",
            "owner_id": {"kind": "class", "missing": ""},
        },
    }
    manifest = built(made)
    assert len(manifest) == ROWS and manifest.digest == made.manifest.digest
    merged = manifest.table.merge(table, left_on="id", right_on="file")
    assert (merged["breed_x"] == merged["breed_y"]).all()
    assert np.allclose(merged["age_x"], merged["age_y"])
    # nobody's pictures are in two splits
    assert (merged.groupby("owner_id")["split"].nunique() == 1).all()
    assert made.files[2].name == "lmf_denseweight.yaml"
    baseline, method = load_recipe(made.files[1]), load_recipe(made.files[2])
    targets = baseline.task.targets
    assert targets["age"].transform == "log"
    train = manifest.rows("train")["age"]
    assert targets["age"].weight == pytest.approx(1 / np.log(train).std(), rel=0.06)
    assert targets["age"].range == [table["age"].min(), table["age"].max()]
    assert baseline.task.groups == ["breed", "age_band", "site"]
    losses = {name: t.loss.name for name, t in method.task.targets.items()}
    assert losses == {"breed": "lmf", "age": "dense"}
    # alpha of LMF times its weight: the balance between the targets is the baseline's
    breed = method.task.targets["breed"]
    balance = breed.weight * breed.loss.params["alpha"]
    assert balance == pytest.approx(targets["breed"].weight)
    assert method.task.targets["age"].weight == targets["age"].weight
    told = str(made)
    assert "notes  60 different texts in 120 rows" in told
    assert "owner_id  kept together" in told


def test_only_numbers(table):
    made = init(table, targets=["age"], groups=["site"])
    assert made.files[2].name == "denseweight.yaml"
    recipe = load_recipe(made.files[1])
    assert recipe.primary == "age.mae"
    assert recipe.task.groups == ["age_band", "site"]
    band = built(made).table
    edges = next(s for s in read_yaml(made.files[0])["steps"] if s["name"] == "band")
    assert (band["age"] < edges["edges"][-1]).all()


@pytest.mark.parametrize("case", ["tabs", "excel", "utf16", "parquet", "above", "far"])
def test_the_same_task_however_the_table_is_written(table, case, tmp_path):
    table["breed"] = table["breed"].replace("fox", "Füchse")
    wanted = init(table).manifest.digest
    decimals = table.assign(age=table["age"].map(lambda x: str(x).replace(".", ",")))
    paths = {
        "tabs": ("photos/t.tsv", lambda f: f.to_csv("photos/t.tsv", sep="\t")),
        "excel": (
            "photos/e.csv",
            lambda f: decimals.to_csv("photos/e.csv", sep=";", encoding="cp1252"),
        ),
        "utf16": (
            "photos/u.csv",
            lambda f: f.to_csv("photos/u.csv", encoding="utf-16"),
        ),
        "parquet": ("photos/p.parquet", lambda f: f.to_parquet("photos/p.parquet")),
        "above": ("above.csv", lambda f: f.to_csv("above.csv", index=False)),
        "far": ("a/b/far.csv", lambda f: f.to_csv("a/b/far.csv", index=False)),
    }
    (tmp_path / "a" / "b").mkdir(parents=True)
    place, write = paths[case]
    images = "photos" if case in ("above", "far") else None
    made = init(table, place, write=write, images=images)
    assert made.manifest.digest == wanted and built(made).digest == wanted
    where = {"above": "../above.csv", "far": str(tmp_path / "a/b/far.csv")}
    assert source(made)["table"] == where.get(case, place.removeprefix("photos/"))


@pytest.mark.parametrize("case", ["suffix", "backslash", "absolute", "name", "windows"])
def test_the_same_rows_however_the_paths_are_written(table, case, pictures, tmp_path):
    for i in range(ROWS):
        deep = f"deep/{i % 3}/{table.loc[i, 'file']}"
        pictures.write(deep, like=table.loc[i, "file"])
        (pictures.root / table.loc[i, "file"]).unlink()
        table.loc[i, "file"] = deep
    change = {
        "suffix": lambda path: path.removesuffix(".png"),
        "backslash": lambda path: path.replace("/", "\\"),
        "absolute": lambda path: str(pictures.root / path),
        "name": lambda path: path.split("/")[-1].removesuffix(".png"),
        "windows": lambda path: "C:\\me\\" + path.replace("/", "\\"),
    }[case]
    made = init(table.assign(file=table["file"].map(change)))
    paths = [path.relative_to(pictures.root) for path in built(made).paths()]
    assert sorted(map(str, paths)) == sorted(table["file"])


def test_absolute_paths_say_where_the_images_lie(table, pictures, tmp_path):
    absolute = table.assign(file=[str(pictures.root / name) for name in table["file"]])
    made = init(absolute, "elsewhere.csv")
    assert made.look.root == pictures.root
    assert made.commands[0].endswith("--data photos")


def test_given_splits_are_honoured(table):
    table["split"] = ["train"] * 80 + ["val"] * 15 + ["test"] * 15 + ["unlabelled"] * 10
    made = init(table)
    frame = built(made).table.merge(table, left_on="id", right_on="file")
    assert len(frame) == 110
    names = {"train": "train", "val": "validation", "test": "test"}
    assert (frame["split_x"] == frame["split_y"].map(names)).all()
    told = str(made)
    assert "10 rows are left out: `table_split` says 'unlabelled'" in told
    assert "values of `owner_id` have images in more than one" in told


def test_missing_values(table):
    table["site"] = table["site"].where(table.index % 10 != 0)
    table["breed"] = table["breed"].where(table.index % 40 != 1)
    made = init(table)
    frame = built(made).table
    assert len(frame) == ROWS - 3
    assert set(frame["site"]) == {"north", "south", "unknown"}
    reported = {r["reason"] for r in made.manifest.meta["reported"]}
    assert reported == {"has no `breed` in the table"}


def test_missing_files_are_left_out_and_named(table, pictures):
    (pictures.root / "7.png").unlink()
    made = init(table)
    assert source(made)["missing_files"] == "left_out"
    assert len(built(made)) == ROWS - 1
    assert "1: no such file: 7.png" in str(made)


def test_rows_about_the_same_image(table):
    again = table.iloc[[0, 1]].copy()
    again.loc[1, "breed"] = "other"
    made = init(pd.concat([table, again]))
    ids = set(built(made).table["id"])
    assert "0.png" in ids and "1.png" not in ids


def test_a_column_called_like_the_bands_of_a_number_keeps_its_values(table):
    table["age_band"] = np.where(np.arange(ROWS) % 2, "young", "old")
    made = init(table, targets=["age"])
    frame = built(made).table
    assert set(frame["table_age_band"]) == {"young", "old"}
    assert load_recipe(made.files[1]).task.groups == [
        "age_band",
        "breed",
        "site",
        "table_age_band",
    ]


def test_kinds_are_overruled(table):
    table["grade"] = np.arange(ROWS) % 5
    made = init(table, targets=["grade"])
    assert load_recipe(made.files[1]).task.targets["grade"].classes == list("01234")
    made = init(table, targets=["grade"], kinds={"grade": "number"})
    target = load_recipe(made.files[1]).task.targets["grade"]
    assert (target.kind, target.range) == ("regression", [0, 4])


def test_the_target_is_found_where_only_one_can_be(table):
    renamed = table[["file", "breed", "site"]].rename(columns={"breed": "label"})
    assert list(init(renamed, targets=[]).look.targets) == ["label"]
    only = table[["file", "age", "notes"]]
    assert list(init(only, targets=[]).look.targets) == ["age"]


def test_a_table_without_a_target_says_what_could_be_one(table):
    with pytest.raises(SourceError) as error:
        init(table, targets=[])
    for line in ("- breed (class: 3 classes)", "- age (number: ", "- site (class: "):
        assert line in str(error.value)
    assert "notes" not in str(error.value)


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"targets": ["bred"]}, "`bred`: Did you mean `breed`"),
        ({"targets": ["notes"]}, "`notes`: 60 different texts.*|.*--kind"),
        ({"targets": ["file"]}, "`file`: the paths of the images"),
        ({"groups": ["owner_id"]}, "`owner_id`: .*must stay in one split"),
        ({"path": "notes"}, "no column that does"),
        ({"images": "nowhere"}, "must lie in a folder.*nowhere"),
        ({"targets": ["breed"], "kinds": {"bred": "class"}}, "Did you mean"),
    ],
)
def test_columns_that_cannot_be_what_is_asked(table, options, match):
    with pytest.raises(SourceError, match=match):
        init(table, **options)


def test_paths_that_lead_nowhere_say_what_was_tried(table):
    wrong = table.assign(file=[f"x/{i}.jpeg" for i in range(ROWS)])
    with pytest.raises(
        SourceError, match=r"(?s)`file`, such as 'x/0.jpeg'; there is 0"
    ):
        init(wrong)


def test_paths_that_leave_the_folder_are_refused(table, pictures, tmp_path):
    (tmp_path / "secret.png").write_bytes((pictures.root / "0.png").read_bytes())
    table.loc[3, "file"] = "../secret.png"
    with pytest.raises(SourceError, match="'../secret.png' in row 4: lies outside"):
        init(table)


def test_a_table_written_by_hand(pictures):
    """Blanks, quotes, a byte-order mark, mixed line ends, empty lines."""
    for i in range(60):
        pictures.write(f"My photo, {i}.png")
    with open("photos/l.csv", "w", newline="", encoding="utf-8-sig") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerow([" File name ", " Is it ok? ", "what.for"])
        for i in range(60):
            answer = " Yes" if i % 3 else "no "
            writer.writerow([f"My photo, {i}.png", answer, "ab"[i % 2]])
            if i % 7 == 0:
                file.write("\n")
    made = init_task("photos/l.csv", targets=["Is it ok?"], name="mine")
    recipe = load_recipe(made.files[1])
    assert recipe.task.targets["Is_it_ok"].classes == ["no", "Yes"]
    assert recipe.task.groups == ["Is_it_ok", "what_for"]
    assert built(made).table["Is_it_ok"].value_counts().to_dict() == {
        "Yes": 40,
        "no": 20,
    }


@pytest.mark.realdata
def test_a_table_of_real_faces(real_data, tmp_path, monkeypatch):
    """Every fifth face, with what its file's name says."""
    monkeypatch.chdir(tmp_path)
    faces = sorted(path.name for path in (real_data / "UTKFace").iterdir())[::5]
    rows = [name.split("_")[:3] for name in faces]
    frame = pd.DataFrame(rows, columns=["age", "gender", "ethnicity"])
    frame.insert(0, "file", faces)
    frame.to_csv("faces.csv", index=False)
    made = init_task(
        "faces.csv", images=real_data / "UTKFace", targets=["age", "gender"]
    )
    manifest = built(made)
    merged = manifest.table.merge(frame, left_on="id", right_on="file")
    assert (merged["age_x"] == merged["age_y"].astype(float)).all()
    assert (merged["gender_x"] == merged["gender_y"]).all()
    assert made.unreadable == []
    recipe = load_recipe(made.files[1])
    assert recipe.task.groups == ["age_band", "gender", "ethnicity"]
    assert (recipe.task.targets["gender"].kind, recipe.image_size) == ("binary", 96)
    left_out = sum("other labels" in r["reason"] for r in manifest.meta["reported"])
    assert len(manifest) > 0.97 * len(faces) and left_out > 0
