"""The page on plug-ins: its example is run as written, in small."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from kpoc.cli import _parser
from kpoc.runs.run import Run

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "plugins.md").read_text("utf-8")
SMALL = (
    *("task.protocol=tiny.yaml", "task.groups=[kind,tribe]", "image_size=24"),
    *("epochs=1", "model.options.width=4", "--seeds", "1", "--no-images"),
)


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.S)


@pytest.fixture(scope="module")
def example(workshop):
    """The files of the page, beside the tiny protocol."""
    [method], (recipe, space) = blocks("python"), blocks("yaml")
    (workshop / "my_method.py").write_text(method)
    (workshop / "mine.yaml").write_text(recipe)
    (workshop / "mine_space.yaml").write_text(space)
    return workshop


@pytest.mark.parametrize(
    "line", re.findall(r"^\.venv/bin/kpoc (.*)$", TEXT, re.MULTILINE)
)
def test_commands_are_understood(line):
    arguments, rest = _parser().parse_known_args(shlex.split(line))
    assert callable(arguments.call) and not rest


def test_the_example_is_trained_compared_and_asked_later(example, kpoc_here):
    # in this process, since importing TensorFlow in others takes longest
    trained = [word for word in SMALL if "=" in word]
    for recipe in ("portraits/baseline", "mine.yaml"):
        kpoc_here("train", recipe, *trained)
    line = re.search(r"^\.venv/bin/kpoc (compare .*)$", TEXT, re.MULTILINE)[1]
    said = kpoc_here(*shlex.split(line), *SMALL).stdout
    assert "training 1" not in said
    page = Path(example, re.search(r"^page: (.*)$", said, re.M)[1])
    [run] = map(Run, (example / "runs" / "mine").glob("*-seed0"))
    [used] = json.loads(page.with_name("comparison.json").read_text())["sides"][1][
        "recipe"
    ]["plugins"]
    for text in (page.read_text(), run.card.read_text()):
        assert "my_method" in text and used["sha256"] in text
    copy = run.path / "plugins" / "my_method.py"
    assert copy.read_bytes() == (example / "my_method.py").read_bytes()
    assert run.model().get_layer("core").get_layer("encoder.separable_cnn")


@pytest.mark.slow
def test_the_example_in_processes_of_their_own_and_in_a_search(
    example, kpoc_command, tmp_path
):
    kpoc_command(
        *("compare", "portraits/baseline", "mine.yaml", *SMALL, "--runs", tmp_path)
    )
    [run] = (tmp_path / "mine").glob("*-seed0")
    refused = kpoc_command("card", run, status=1).stderr
    assert "needs the plug-in my_method" in refused and refused.count("\n") == 1
    for allowed in (("--trust", run), ("--plugin", "my_method.py")):
        kpoc_command("card", run, *allowed)
    words = [word for word in SMALL if "width" not in word]
    done = subprocess.run(
        [
            *(sys.executable, "-m", "tuning", "mine.yaml", *words),
            *("--space", "mine_space.yaml", "--trials", "2", "--method", "random"),
        ],
        cwd=example,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert list((example / "runs" / "mine-tuned-1").glob("*/plugins/my_method.py"))
