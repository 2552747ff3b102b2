"""What the README shows is run as written, or at least understood by the command."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from kpoc.cli import _parser

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)


def kpoc_lines() -> list[str]:
    joined = "\n".join(blocks("sh")).replace("\\\n", " ")
    lines = [line.split("#")[0].strip() for line in joined.splitlines()]
    return [line for line in lines if line.startswith(".venv/bin/kpoc ")]


def test_the_example_for_other_projects_runs(tmp_path):
    [example] = [block for block in blocks("python") if "LMFLoss" in block]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", example],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "breed_macro_f1" in done.stdout or "breed_sparse_f1" in done.stdout


@pytest.mark.parametrize("line", kpoc_lines())
def test_commands_are_understood(line):
    arguments, rest = _parser().parse_known_args(shlex.split(line)[1:])
    assert callable(arguments.call)
    assert not [word for word in rest if word.startswith("-")]


def test_make_targets_that_are_shown_exist():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    shown = set(re.findall(r"make ([a-z]+)", TEXT))
    assert {"compare", "test", "coverage"} <= shown
    for target in shown:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)


def test_files_that_are_linked_exist():
    for link in re.findall(r"\]\(([^)#]+)\)", TEXT):
        if not link.startswith("http"):
            assert (ROOT / link).exists(), link
