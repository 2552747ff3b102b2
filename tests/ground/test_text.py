"""Text for terminals."""

import json
import shlex
import sys

import pytest

from kpoc.ground.text import shown, this_command, visible, visible_json


@pytest.mark.parametrize(
    ("program", "shown"),
    [
        ("/a/bin/kpoc", ["kpoc"]),
        ("/a/tuning/__main__.py", ["python", "-m", "tuning"]),
    ],
)
def test_a_shell_takes_the_command_again(monkeypatch, program, shown):
    words = ["--data", "my faces", "model.options={padding: symmetric}"]
    monkeypatch.setattr(sys, "argv", [program, *words])
    assert shlex.split(this_command()) == [*shown, *words]


@pytest.mark.parametrize(
    "name",
    ["a\nb.png", "\x1b[31m.png", "\x9b1m", "\u202egnp.exe", "\udcff.png", "a\tb"]
    + ["a\u200bb", "a\u2028b", "\ufeffa"],
)
def test_nothing_in_a_name_acts_on_a_terminal(name):
    seen = visible(name)
    assert seen.isprintable() and seen.encode("utf-8")
    text = json.dumps({"path": name}, ensure_ascii=False)
    assert visible_json(text).isprintable()
    assert json.loads(visible_json(text)) == {"path": name}


@pytest.mark.parametrize(
    "name",
    ["Größe 猫.png", "café.png", "a\u3000b", "🐱"]
    # Persian "I go" with its zero-width non-joiner, a family of joined emoji
    + ["\u0645\u06cc\u200c\u0631\u0648\u0645", "👩\u200d👧"],
)
def test_names_in_any_script_stay_as_they_are(name):
    assert visible(name) == name


@pytest.mark.parametrize(
    "value",
    ["x" * 10**6, list(range(10**6)), 10**10_000, {i: "y" * 999 for i in "abc"}],
    ids=["text", "list", "number", "mapping"],
)
def test_of_what_was_received_a_line_is_shown(value):
    assert len(shown(value)) <= 80
