"""Tables that would be misread without a word."""

import numpy as np
import pandas as pd
import pytest

from kpoc.data import build_manifest, init_task
from kpoc.data.source import SourceError
from kpoc.yaml_values import read_yaml

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
