"""Text for terminals."""

import shlex
import sys

import pytest

from kpoc.text import this_command


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
