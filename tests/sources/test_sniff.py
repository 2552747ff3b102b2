import csv

import pytest

from kpoc.sources.sniff import sniff_text

COMMAS = "file,label,size\n" + "".join(f"{i}.png,cat,{i}\n" for i in range(60))
SEMICOLONS = "file;label;size\n" + "".join(f"{i}.png;cat;{i},5\n" for i in range(60))


def sniff(tmp_path, text, name="t.csv", written="utf-8"):
    (tmp_path / name).write_bytes(text.encode(written))
    return sniff_text(tmp_path / name)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", ""),
        ("7.png,cat,7\n", "7.png,cat\n"),
        ("7.png,cat,7\n", "7.png,cat, or so,7\n"),
        ("7.png,cat,7\n", '"7; 8.png","a; b",7\n'),
        ("cat", "do\u2028g"),
        ("cat", "do\u0085g"),
        ("7.png,cat,7\n", "7.png,cat,7\n\n"),
    ],
)
def test_commas(tmp_path, old, new):
    assert sniff(tmp_path, COMMAS.replace(old, new, 1)) == {}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", ""),
        ("\n7.png", "\n\n7.png"),
        ("7.png;cat;7,5\n", "7.png;cat\n"),
        ("7.png;cat;7,5\n", "7.png;cat;7,5;\n"),
        ("\n", "\r\n"),
        ("59.png;cat;59,5\n", "59.png;cat;59,5\n\n\n"),
    ],
)
def test_semicolons(tmp_path, old, new):
    text = SEMICOLONS.replace(old, new, 1 if old != "\n" else -1)
    assert sniff(tmp_path, text) == {"separator": ";"}


def test_a_small_table_with_an_empty_line_at_its_end(tmp_path):
    assert sniff(tmp_path, "a;b\n1,5;2\n\n") == {"separator": ";"}


def test_the_first_line_may_say_it(tmp_path):
    assert sniff(tmp_path, "sep=|\na|b,c\n1|2\n") == {"separator": "|"}
    assert sniff(tmp_path, "sep=,\na,b;c\n1,2\n") == {}


def test_tabs_and_encodings(tmp_path):
    tabs = COMMAS.replace(",", "\t").replace("cat", "Kätzchen")
    assert sniff(tmp_path, tabs) == {"separator": "\t"}
    assert sniff(tmp_path, tabs, "t.tsv", "cp1252") == {"encoding": "cp1252"}
    (tmp_path / "cut.csv").write_bytes(COMMAS.encode("utf-16")[:-1])
    assert sniff_text(tmp_path / "cut.csv") == {"encoding": "utf-16"}


def test_a_field_may_be_longer_than_python_reads_unasked(tmp_path):
    limit = csv.field_size_limit()
    long = COMMAS.replace("cat", "x" * (limit + 1), 1)
    assert sniff(tmp_path, long) == {} and csv.field_size_limit() == limit
