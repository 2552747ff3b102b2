"""Tables that would be misread without a word."""

import numpy as np
import pandas as pd
import pytest

from kpoc.data_init import init_task
from kpoc.ground.yaml_values import read_yaml
from kpoc.protocols.build import build_manifest
from kpoc.sources.source import SourceError

ROWS = 60


@pytest.fixture
def table(pictures):
    return pd.DataFrame(
        {
            "file": [pictures.write(f"{i}.png") for i in range(ROWS)],
            "label": ["cat", "dog"] * (ROWS // 2),
        }
    )


def init(table, *targets, **options):
    table.to_csv("photos/t.csv", index=False)
    return init_task("photos/t.csv", targets=targets, name="mine", **options)


def built(made):
    return build_manifest(made.files[0], "photos").table.set_index("id")


def test_a_word_for_no_value_in_one_column_is_a_class_in_another(table):
    table["age"] = [*["none"] * 3, *(str(1 + i) for i in range(ROWS - 3))]
    table["worn"] = ["none", "hat", "none", "glasses"] * (ROWS // 4)
    made = init(table, "age", "worn")
    columns = read_yaml(made.files[0])["source"]["columns"]
    assert columns["age"] == {"kind": "number", "no_value": ["none"]}
    expected = table[3:].set_index("file")["worn"].to_dict()
    assert built(made)["worn"].to_dict() == expected
    assert made.plan.columns["worn"].classes == ["glasses", "hat", "none"]


def test_a_table_without_names_of_columns_is_refused(table):
    table.to_csv("photos/t.csv", index=False, header=False)
    with pytest.raises(SourceError, match=r"first line.*0\.png, cat, where '0\.png'"):
        init_task("photos/t.csv", name="mine")


def test_two_decimal_signs_in_one_table(table):
    table["size"] = [f"{i / 4:.2f}" for i in range(ROWS)]
    table["place"] = [f"{2 * i},5" for i in range(ROWS)]
    made = init(table, "size", "place")
    source = read_yaml(made.files[0])["source"]
    assert source["columns"]["place"] == {"kind": "number", "decimal": ","}
    assert source["columns"]["size"] == "number" and "decimal" not in source
    found = built(made)
    sizes = table.set_index("file")["size"].astype(float)
    assert found["size"].to_dict() == sizes.to_dict()
    assert found.loc["7.png", "place"] == 14.5


def test_names_that_lack_different_suffixes(table, pictures):
    for i in range(40, ROWS):
        (pictures.root / f"{i}.png").rename(pictures.root / f"{i}.apng")
    made = init(table.assign(file=range(ROWS)))
    assert read_yaml(made.files[0])["source"]["suffix"] == [".png", ".apng"]
    assert "paths of images, without their .png or .apng" in str(made)
    assert len(built(made)) == ROWS


@pytest.mark.parametrize("column", ["file", "age", "part"])
def test_what_cannot_be_kept_together(table, column):
    table["age"] = np.arange(ROWS) % 40
    table["part"] = ["train", "train", "test"] * (ROWS // 3)
    with pytest.raises(SourceError, match=f"--together must name.*`{column}`: "):
        init(table, "age", together=column)


def test_a_table_without_anything_to_predict_says_why(table):
    table["label"] = [f"text {i}" for i in range(ROWS)]
    table["Id"] = range(ROWS)
    with pytest.raises(SourceError) as error:
        init(table)
    told = str(error.value)
    assert "at most 200" in told and "--kind COLUMN=class" in told
    assert "\n- label: 60 different texts in 60 rows\n- Id: an identifier" in told


def test_files_that_are_no_images_name_the_column(table, pictures):
    table["note"] = [f"{i}.xml" for i in range(ROWS)]
    for name in table["note"]:
        (pictures.root / name).write_text(f"<?xml {name}")
    assert dict(init(table).look.taken)["file"] == "paths of images"
    with pytest.raises(SourceError, match="column `note` .--path names another.*XML"):
        init(table, path="note", force=True)


def test_a_number_that_is_nearly_the_same_in_all_rows_is_refused(table):
    table["size"] = [0.0] * (ROWS - 3) + [1.5, 2.5, 3.5]
    with pytest.raises(SourceError, match="must vary.*`size_band`, where .* has 3"):
        init(table, "size", kinds={"size": "number"})


def test_few_rows_of_a_band_in_given_splits_do_not_stop_it(table):
    table["part"] = ["train"] * 40 + ["test"] * 20
    table["size"] = [*(i % 8 / 2 for i in range(39)), 30.0, *[31.0] * 20]
    made = init(table, "size")
    found = built(made)
    assert set(found.index[found["split"] == "test"]) == set(table["file"][40:])
    assert (found["split"] == "validation").sum() > 0


@pytest.mark.parametrize("mask", ["mask", "annotated"])
def test_images_are_preferred_to_masks(table, pictures, mask):
    names = [pictures.write(f"masks/{i}.png") for i in range(ROWS)]
    table.insert(0, mask, names)
    made = init(table)
    assert made.look.source["path"] == "file"
    assert (
        f"note: `{mask}` leads to images too: those of `file` are taken (--path "
        in (str(made))
    )
    assert init(table, path=mask, force=True).look.source["path"] == mask


def test_an_image_with_several_rows_counts_once(table):
    again = table.assign(seen_by="ann")
    again = pd.concat([again, again.assign(seen_by="bob")])
    again.loc[(again["file"] == "7.png") & (again["seen_by"] == "bob"), "label"] = "cat"
    made = init(again)
    assert set(built(made).index) == set(table["file"]) - {"7.png"}
    assert made.look.groups == {}
    told = str(made)
    assert "`seen_by` differs between the rows of 60 images, so it is no group" in told
    assert "1 images are left out, as `label` differs between their rows" in told
    assert "contradict each other in `label`: 7.png" in told


def test_classes_that_differ_in_case_only_are_named(table):
    table["label"] = ["cat", "dog", "Cat"] * (ROWS // 3)
    told = str(init(table))
    assert "differ in case or blanks only: 'Cat' (20), 'cat' (20)" in told


def test_a_label_that_cannot_be_is_not_replaced_by_another_column(table):
    table["label"] = ["cat;dog", "cat", "dog"] * (ROWS // 3)
    table["site"] = ["north", "south"] * (ROWS // 2)
    with pytest.raises(SourceError) as error:
        init(table)
    assert "- site (class: 2 classes)\nnot `label`: several labels in a" in str(
        error.value
    )


def test_nothing_is_kept_together_where_that_is_said(table):
    table["patient_id"] = [f"P{i // 2}" for i in range(ROWS)]
    assert init(table).look.together == "patient_id"
    assert init(table, together="none", force=True).look.together is None


def test_paths_that_tell_subjects_are_named_where_no_column_does(table, pictures):
    assert "may show the same" not in str(init(table))
    for name in table["file"]:
        i = int(name.removesuffix(".png"))
        (pictures.root / name).rename(pictures.root / f"p{i // 3}_{i}.png")
    table["file"] = [f"p{i // 3}_{i}.png" for i in range(ROWS)]
    assert "paths (the same series), and nothing keeps" in str(init(table, force=True))
    made = init(table, force=True, together="none")
    assert "may show the same" not in str(made)
