"""What a column is taken for, over columns as people write them."""

import numpy as np
import pandas as pd
import pytest

from kpoc.data_init.columns import CLASS, NUMBER, SPLIT, WHOSE
from kpoc.data_init.columns import look_at_column as look
from kpoc.data_init.words import class_order, is_identifier, is_label, is_whose

NO_VALUE = ["", "NA"]
RNG = np.random.default_rng(0)
AGES = RNG.permutation(np.arange(1, 90)).tolist()


def column(name, texts, decimal="."):
    return look(
        name, pd.Series([str(t) for t in texts], dtype=object), NO_VALUE, decimal
    )


@pytest.mark.parametrize(
    ("name", "texts", "kind"),
    [
        ("age", RNG.integers(1, 80, 200), NUMBER),
        ("price", RNG.random(200).round(4) * 1e5, NUMBER),
        ("height", [f"{v:.2f}" for v in RNG.normal(170, 9, 200)], NUMBER),
        ("score", [0.5, 1.5, 2.5, 3.5] * 50, NUMBER),
        ("rating", [1, 2, 3, 4, 5] * 40, CLASS),
        ("flag", [0, 1] * 100, CLASS),
        ("ratio", [0.5, 1.5] * 100, CLASS),
        ("sex", ["m", "f"] * 100, CLASS),
        ("healthy", ["True", "False"] * 100, CLASS),
        # codes of classes, where the name says so
        ("label", RNG.permutation(np.arange(200) % 20), CLASS),
        ("class", RNG.permutation(5 * (np.arange(200) % 20)), CLASS),
        ("target", RNG.permutation(np.arange(200) % 20), CLASS),
        ("class_id", RNG.permutation(np.arange(200) % 20), CLASS),
        ("target", RNG.permutation(18 + 2 * (np.arange(200) % 20)), NUMBER),
        ("label", RNG.integers(0, 5000, 200), NUMBER),
        ("count", RNG.permutation(np.arange(200) % 20), NUMBER),
        ("zip", ["01067", "80331", "20095", "50667"] * 50, CLASS),
        ("colour", ["red", "green", "None"] * 60, CLASS),
        ("part", ["train", "train", "val", "test"] * 50, SPLIT),
        ("subset", ["training", "TESTING"] * 50, SPLIT),
        ("patient_id", RNG.integers(0, 60, 200), WHOSE),
        ("Subject", [f"S{i}" for i in RNG.integers(0, 60, 200)], WHOSE),
        ("lesionId", [f"HAM_{i}" for i in RNG.integers(0, 60, 200)], WHOSE),
        # one image each: nothing is kept together
        ("patient_id", range(1000, 1200), None),
        ("image_id", [f"ISIC_{i}" for i in range(200)], None),
        ("Unnamed: 0", range(200), None),
        ("number", range(200), None),
        ("file", [f"a/{i}.jpg" for i in range(200)], None),
        ("date", [f"2021-03-{1 + i % 28:02}" for i in range(200)], None),
        ("taken", [f"{1 + i % 28}.3.2021" for i in range(200)], None),
        ("weight", [f"{i} kg" for i in range(200)], None),
        ("notes", [f"some words {i % 150}" for i in range(200)], None),
        ("constant", ["x"] * 200, None),
        ("empty", ["", "NA"] * 100, None),
    ],
)
def test_kinds(name, texts, kind):
    assert column(name, texts).kind == kind


def test_what_is_missing_is_counted_and_left_alone():
    seen = column("age", [*AGES, "", "NA", ""])
    assert (seen.kind, seen.missing, seen.values) == (NUMBER, 3, 89)
    assert seen.why == "1 to 89"


def test_a_few_words_among_numbers_are_taken_for_no_value():
    seen = column("age", [*AGES, "unknown", "?", "unknown"])
    assert seen.kind == NUMBER and seen.no_value == ("unknown", "?")
    assert seen.missing == 3 and "'unknown', '?' taken for no value" in seen.why
    many = [*AGES, *(f"word{i}" for i in range(5))]
    assert column("age", many).kind is None


def test_numbers_that_are_cut_are_more_than_no_value():
    seen = column("age", [*AGES * 2, "90+", "90+", "<1", "?"])
    assert (seen.kind, seen.no_value, seen.missing) == (NUMBER, ("90+", "<1", "?"), 4)
    [note] = seen.notes
    assert note.startswith("`age`: '90+' (2 rows), '<1' (1 rows) is no number: these")
    assert seen.why == "1 to 89; '?' taken for no value"
    many = column("dose", [*AGES, *["<0.04"] * 20])
    assert many.kind is None and "20 rows say such as '<0.04', which is no" in many.why
    texts = pd.Series([*map(str, AGES), *["<0.04"] * 20])
    asked = look("dose", texts, NO_VALUE, asked="number")
    assert (asked.no_value, asked.missing, len(asked.notes)) == (("<0.04",), 20, 1)


def test_what_numbers_are_taken_for_can_be_changed():
    codes = column("label", np.arange(200) % 20)
    assert codes.why.endswith("(--kind label=number for a number)")
    number = column("label", np.arange(0, 400, 2) % 399)
    assert number.why.endswith("(--kind label=class for classes)")


def test_points_between_thousands():
    seen = column("price", ["950", "1.200", "12.500", "3.000", "20", *range(100, 150)])
    assert seen.kind is None and "'1.200' may be a thousand and more" in seen.why
    seen = column("area", ["1.234.567", "345.678", "3.000.000", "2.500.000"] * 9)
    assert seen.kind is None
    seen = column("ratio", [f"{v:.3f}" for v in 1.5 + RNG.random(100)])
    assert (
        seen.kind == NUMBER and "is read as a number below a thousand" in seen.notes[0]
    )
    for values in (RNG.random(100), 800 + 400 * RNG.random(100)):
        assert column("x", [f"{v:.3f}" for v in values] + ["1200"]).notes == ()


@pytest.mark.parametrize(
    "cells",
    [
        ["cat;dog", "cat", "dog", "fox", "dog;fox"],
        ["cat|dog", "dog|fox", "cat|fox", "cat"],
        ["cat, dog", "fox, cat", "dog", "fox, dog", "cat, dog, fox"],
        ["['cat']", "['cat', 'dog']", "['dog']", "['fox', 'dog']", "['fox']"],
    ],
)
def test_several_labels_in_a_cell_are_no_class(cells):
    seen = column("label", cells * 20)
    assert seen.kind is None and seen.why.startswith("several labels in a cell, such")
    assert "3 labels in" in seen.why and "--kind label=class" in seen.why


def test_signs_inside_of_names_make_no_several_labels():
    for cells in (
        ["tabby, tabby cat", "tiger cat", "fox, red", "n/a gap"],
        ["big, red", "big, blue", "small, red", "small, blue"],
        ["Tomato, early blight", "Tomato, late blight", "Tomato"],
    ):
        assert column("label", cells * 20).kind == CLASS


def test_decimal_commas():
    values = [f"{v:.2f}".replace(".", ",") for v in RNG.random(100)]
    assert column("size", values, ",").kind == NUMBER
    assert column("size", values, ".").kind is None


def test_one_number_written_in_several_ways_makes_no_classes():
    seen = column("flag", ["1", "0", "0.0"] * 40)
    assert seen.kind is None
    assert seen.why == "the same number is written in several ways: '1', '0', '0.0'"
    assert column("flag", [*["1", "0", "0.0"] * 40, "?"]).kind is None


def test_a_long_text_is_not_repeated_in_full():
    assert len(column("notes", ["x" * 5000] * 9).why) < 60


def test_what_the_user_says_decides():
    seen = look("x", pd.Series(["none", *map(str, AGES)]), NO_VALUE, asked="class")
    assert (seen.kind, seen.no_value, seen.missing) == ("class", (), 0)
    seen = look("x", pd.Series(["none", *map(str, AGES)]), NO_VALUE, asked="number")
    assert (seen.kind, seen.no_value, seen.missing) == ("number", ("none",), 1)


def test_names_that_say_something():
    for name in ("label", "Class", "TARGET", "class_name", "y"):
        assert is_label(name)
    for name in ("id", "ImageID", "row_nr", "uuid", "Unnamed: 0"):
        assert is_identifier(name)
    for name in ("idea", "width", "node"):
        assert not is_identifier(name)
    for name in ("person", "PatientID", "case-nr", "video_id"):
        assert is_whose(name)
    for name in ("animal", "object", "scene", "personality"):
        assert not is_whose(name)


def test_classes_stand_in_the_order_that_a_reader_expects():
    assert class_order(["yes", "no"]) == ["no", "yes"]
    assert class_order(["True", "False"]) == ["False", "True"]
    assert class_order(["melanoma", "benign", "healthy"]) == [
        "healthy",
        "benign",
        "melanoma",
    ]
    assert class_order(["10", "9", "b2", "b10"]) == ["9", "10", "b2", "b10"]
