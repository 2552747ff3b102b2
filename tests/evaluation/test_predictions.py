import unicodedata

import numpy as np
import pandas as pd
import pytest

from kpoc.evaluation import predictions

TARGETS = {"age": None, "gender": ["Male", "Female"]}
IDS = ["a/1.jpg", "b/2.jpg", "007"]


@pytest.fixture
def frame():
    return pd.DataFrame(
        {
            "id": ["007", "a/1.jpg", "b/2.jpg"],
            "age": [7.0, 30.5, 61.0],
            "gender.Male": [0.25, 0.9, 0.5],
            "gender.Female": [0.75, 0.1, 0.5],
            "comment": ["x", "y", "z"],
        }
    )


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_round_trip_and_order(frame, tmp_path, suffix):
    path = predictions.write(frame, tmp_path / f"table.{suffix}")
    aligned = predictions.align(predictions.read(path), IDS, TARGETS)
    assert aligned["age"].tolist() == [30.5, 61.0, 7.0]
    assert aligned["gender"].tolist() == [[0.9, 0.1], [0.5, 0.5], [0.25, 0.75]]
    assert [p.name for p in tmp_path.iterdir()] == [f"table.{suffix}"]


def test_everything_that_is_wrong_is_named_at_once(frame):
    frame.loc[0, "id"] = "a/1.jpg"
    frame.loc[1, "age"] = np.nan
    frame.loc[1, "gender.Male"] = 1.2
    frame.loc[2, "gender.Female"] = 0.4
    frame.loc[3] = ["new", 1.0, 0.5, 0.5, ""]
    targets = {**TARGETS, "breed": ["Pug", "Afghan"]}
    with pytest.raises(ValueError) as caught:
        predictions.align(frame, IDS, targets)
    text = str(caught.value)
    for part in (
        "1 ids stand twice: 'a/1.jpg'",
        "1 test ids are missing: '007'",
        "1 ids are not in the test split: 'new'",
        "1 rows of 'age' have no finite number",
        "1 rows of 'gender' have probabilities not in [0, 1]",
        "2 rows of 'gender' have probabilities that do not sum to 1",
        "columns are missing: 'breed.Pug', 'breed.Afghan'",
    ):
        assert part in text, text


def test_sums_within_tolerance_pass(frame):
    frame["gender.Male"] += 0.0009
    predictions.align(frame, IDS, TARGETS)
    frame["gender.Male"] += 0.0009
    with pytest.raises(ValueError, match="3 rows of 'gender'.*sum to 1"):
        predictions.align(frame, IDS, TARGETS)


def test_text_instead_of_numbers_and_no_ids(frame):
    frame["age"] = ["seven", "30", "61"]
    with pytest.raises(ValueError, match="1 rows of 'age'.*") as caught:
        predictions.align(frame.drop(columns="id"), IDS, TARGETS)
    assert "column 'id' is missing" in str(caught.value)


def test_dates_are_no_numbers(frame):
    frame["age"] = pd.Timestamp("2026-01-01")
    with pytest.raises(ValueError, match="hold dates, not numbers: 'age'"):
        predictions.align(frame, IDS, TARGETS)


def test_bad_paths(frame, tmp_path):
    with pytest.raises(ValueError, match="must be a file"):
        predictions.read(tmp_path / "none.csv")
    (tmp_path / "a.txt").write_text("")
    with pytest.raises(ValueError, match=r"ends in \.csv, \.tsv, \.parquet"):
        predictions.read(tmp_path / "a.txt")
    with pytest.raises(ValueError, match=r"\.parquet or \.csv"):
        predictions.write(frame, tmp_path / "a.txt")
    (tmp_path / "a.csv").write_text("")
    with pytest.raises(ValueError, match=r"a\.csv cannot be .*: No columns"):
        predictions.read(tmp_path / "a.csv")
    with pytest.raises(ValueError, match="column 'id'"):
        predictions.write(frame.drop(columns="id"), tmp_path / "a.csv")


def test_ids_and_columns_that_are_only_written_otherwise_are_matched(frame):
    classes = ["M\u00e4nnlich", "Weiblich"]
    apart = unicodedata.normalize("NFD", "gender.M\u00e4nnlich")
    frame = frame.rename(
        columns={"gender.Male": apart, "gender.Female": "gender.Weiblich"}
    )
    frame["id"] = [".\\007", "./a/1.jpg", "b\\2.jpg"]
    aligned = predictions.align(frame, IDS, {"age": None, "gender": classes})
    assert aligned["age"].tolist() == [30.5, 61.0, 7.0]
    assert aligned["gender"].tolist() == [[0.9, 0.1], [0.5, 0.5], [0.25, 0.75]]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda f: f.assign(id="photos/" + f["id"]), "have 'photos/' in front"),
        (lambda f: f.rename(columns={"id": "file"}), "missing: 'file' holds such ids"),
        (lambda f: f.drop(columns="age"), "missing: 'age'; the table has 'id', 'gend"),
        (lambda f: _gender(f, lambda p: 100 * p), "percent and must be divided by 100"),
        (lambda f: _gender(f, lambda p: np.log(p)), "logits and must go through"),
        (lambda f: _gender(f, lambda p: p + 0.005), "rounded and need more digits"),
    ],
)
def test_errors_say_what_to_change(frame, change, words):
    with pytest.raises(ValueError, match=words):
        predictions.align(change(frame), IDS, TARGETS)


def _gender(frame, change):
    columns = ["gender.Male", "gender.Female"]
    return frame.assign(**{name: change(frame[name]) for name in columns})
