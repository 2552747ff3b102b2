"""Names that somebody made to break what kpoc shows: page, cards and tables hold."""

import csv
import io
import json
import re
import shlex
import subprocess

import pytest

from kpoc.evaluation.comparison import Comparison
from kpoc.ground.text import for_shell
from kpoc.report import render_page
from kpoc.report.card import write_side_cards

NAMES = {
    "Asian": "<script>alert(1)</script>",
    "Black": "=HYPERLINK(1)",
    "White": "cat\u202egnp.exe\u2066\x1b[31m",
    "Indian": "two\nlines | `x`\r\u200b" + "n" * 300,
    "Kind 04": "قط",
}
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069]")


@pytest.fixture(scope="module")
def hostile(make_comparison):
    """A comparison whose classes, sides and texts are of that kind."""
    made = make_comparison(
        classes=5, epochs=1, seeds=1, names=["base\u202e\x07", "=1+1\u2067`"]
    )
    text = json.dumps(made)
    for name, evil in NAMES.items():
        text = text.replace(f'"{name}"', json.dumps(evil))
    made = json.loads(text)
    made["title"] = made["verdict"]["text"] = made["warnings"][0] = NAMES["White"]
    for side in made["sides"]:
        side["runs"] = ["runs/a\n```\n<script>`x``\u202e"]
    return made


def test_the_page_shows_what_is_hidden(hostile):
    html = render_page(hostile)
    assert not UNSEEN.search(html)
    assert "<script" not in html
    assert html.count(r"cat\u202egnp.exe\u2066\x1b[31m") > 10
    assert r"base\u202e\x07" in html and "قط" in html


def test_the_cards_show_what_is_hidden(hostile, tmp_path):
    foreign = [{**side, "recipe": None} for side in hostile["sides"]]
    for path in write_side_cards({**hostile, "sides": foreign}, tmp_path).values():
        text = path.read_text("utf-8")
        assert not UNSEEN.search(text)
        fences = [line for line in text.splitlines() if line.startswith("```")]
        assert fences == ["```sh", "```"]
        assert r"cat\\u202egnp.exe\\u2066\\x1b[31m" in text


def test_a_command_with_such_a_path_names_it(tmp_path):
    for path in ["a\nb'c\\d", "e\u202ef\t\x1b", "g h"]:
        word = for_shell(path)
        assert "\n" not in word and not UNSEEN.search(word)
        command = ["bash", "-c", f"printf %s {word}"]
        env = {"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"}
        assert subprocess.check_output(command, env=env).decode() == path
    assert for_shell("g h") == shlex.quote("g h")


def test_the_tables_hold_no_formula(hostile, tmp_path):
    Comparison(hostile).save(tmp_path)
    for name in ("scores.csv", "differences.csv"):
        text = (tmp_path / name).read_bytes().decode()
        rows = list(csv.reader(io.StringIO(text, newline="")))
        assert {len(row) for row in rows} == {len(rows[0])}
        cells = {cell for row in rows for cell in row}
        assert "'=HYPERLINK(1)" in cells and "=HYPERLINK(1)" not in cells
