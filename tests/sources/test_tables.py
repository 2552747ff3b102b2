import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kpoc.sources.source import SourceError
from kpoc.sources.tables import read_numbers, read_table, said_bytes, to_numbers


def read(tmp_path, text, written="utf-8", **options):
    path = tmp_path / "t.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode(written))
    return read_table(path, **options).to_dict("list")


@pytest.mark.parametrize("first", ["sep=;\r\n", '"sep=;"\n', "\ufeffsep=;\n\n"])
def test_the_first_line_of_excel_says_the_separator_and_is_no_row(tmp_path, first):
    expected = {"a": ["1", "3"], "b": ["2,5", "4"]}
    text = f"{first}a;b\n1;2,5\n3;4\n"
    assert read(tmp_path, text) == read(tmp_path, text, separator=";") == expected


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("file,label,label \na,b,c\n", r"different names.*t\.csv.*called `label`$"),
        ("a,b\n1,2\n3,4,5\n", "Expected 2 fields in line 3, saw 3$"),
        # nothing may be dropped from it without a word
        ("a,b\n1,2,3\n3,4\n", "the first row has more fields than"),
    ],
)
def test_rows_and_names_that_do_not_fit(tmp_path, text, match):
    with pytest.raises(SourceError, match=match):
        read(tmp_path, text)


def test_a_separator_at_the_end_of_each_row_is_no_field(tmp_path):
    assert read(tmp_path, "a,b\n1,2,\n3,4,\n") == {"a": ["1", "3"], "b": ["2", "4"]}


def test_text_that_is_cut_within_a_character_names_file_and_line(tmp_path):
    half = "a,b\nx,y\nz,z\n".encode("utf-16")[:-3]
    with pytest.raises(SourceError, match=r"t\.csv must be text in utf-16: line 3 is"):
        read(tmp_path, half, encoding="utf-16")


def test_floats_become_what_a_person_would_write(tmp_path):
    typed = {
        "whole": [1.0, np.inf, np.nan],
        "large": [1e19, 2.0, 9007199254740992.0],
        "half": [0.5, -np.inf, 2.0],
    }
    pd.DataFrame(typed).to_parquet(tmp_path / "t.parquet")
    assert read_table(tmp_path / "t.parquet").to_dict("list") == {
        "whole": ["1", "inf", ""],
        "large": ["1e+19", "2", "9007199254740992.0"],
        "half": ["0.5", "-inf", "2.0"],
    }


@pytest.mark.parametrize(
    ("index", "columns"), [("file", ["file", "x"]), (None, ["x"]), ("x", ["x"])]
)
def test_an_index_with_a_name_is_a_column(tmp_path, index, columns):
    frame = pd.DataFrame({"x": ["p", "q"]}, pd.Index(["a.png", "b.png"], name=index))
    frame.to_parquet(tmp_path / "t.parquet")
    table = read_table(tmp_path / "t.parquet")
    assert list(table) == columns and table["x"].tolist() == ["p", "q"]


def test_columns_of_bytes_are_left_out_and_named(tmp_path):
    pictures = [b"\x89PNG" * 1000, b"\x89PNG"]
    forms = {
        "plain": pa.array(pictures),
        "struct": pa.array([{"bytes": one, "path": "a.png"} for one in pictures]),
        "list": pa.array([[one] for one in pictures], pa.list_(pa.large_binary())),
    }
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table(forms | {"label": ["a", "b"]}), path)
    for table in (read_table(path), read_numbers(path)):
        assert list(table) == ["label"]
        assert "bytes in `plain`, `struct`, `list`: pictures" in said_bytes(table)
    pq.write_table(pa.table(forms), path)
    with pytest.raises(SourceError, match="must be written out as files first"):
        read_table(path)


def test_columns_of_one_name_must_say_the_same(tmp_path):
    assert read(tmp_path, "a,b,a\n1,2,1\n") == {"a": ["1"], "b": ["2"]}
    with pytest.raises(SourceError, match=r"different names.*called `a`"):
        read(tmp_path, "a,b,a\n1,2,3\n")
    # columns without a name are none of them
    assert list(read(tmp_path, "a,,\n1,2,3\n")) == ["a", "Unnamed: 1", "Unnamed: 2"]


NUMBERS = pd.DataFrame({"id": ["007", "NA", "\u00e9"], "x": [0.25, -1e-7, np.nan]})


def numbers(path):
    return read_numbers(path, ["id"])


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"sep": ";", "decimal": ","},
        {"sep": ";"},
        {"sep": "\t", "decimal": ","},
        {"encoding": "utf-8-sig"},
        {"encoding": "utf-16"},
        {"encoding": "cp1252", "sep": ";", "decimal": ","},
        {"na_rep": "NaN"},
    ],
)
def test_numbers_are_the_same_however_they_are_written(tmp_path, options):
    path = tmp_path / "t.csv"
    NUMBERS.to_csv(path, index=False, **options)
    pd.testing.assert_frame_equal(numbers(path), NUMBERS, check_dtype=False)


def test_numbers_of_parquet_with_the_ids_as_index(tmp_path):
    path = tmp_path / "t.parquet"
    NUMBERS.set_index("id").to_parquet(path)
    pd.testing.assert_frame_equal(numbers(path), NUMBERS, check_dtype=False)
    NUMBERS.assign(id=[1, 2, 3]).to_parquet(path)
    assert numbers(path)["id"].tolist() == ["1", "2", "3"]


def test_two_decimal_signs_are_not_guessed_at(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("id;x;y\na;0,5;0.5\nb;0.25;0,1\n")
    table = numbers(path)
    assert pd.to_numeric(table["x"], errors="coerce").isna().any()


def test_a_long_number_that_is_none_takes_no_time():
    assert np.isnan(to_numbers(pd.Series(["9" * 400_000 + "x"]))).all()
