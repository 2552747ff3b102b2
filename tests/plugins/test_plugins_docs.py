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

TEXT = (Path(__file__).parents[2] / "docs" / "plugins.md").read_text("utf-8")
COMPARE = re.search(r"^\.venv/bin/kpoc (compare .*)$", TEXT, re.MULTILINE)[1]
SMALL = (
    *("task.protocol=tiny.yaml", "task.groups=[kind,tribe]", "image_size=24"),
    *("epochs=1", "model.options.width=4"),
)


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.S)


def write_example(folder, baseline="portraits/baseline"):
    """Writes the files of the page, the recipe on top of a baseline."""
    [method], (recipe, space) = blocks("python"), blocks("yaml")
    (folder / "my_method.py").write_text(method)
    (folder / "mine.yaml").write_text(recipe.replace("portraits/baseline", baseline))
    (folder / "mine_space.yaml").write_text(space)


@pytest.mark.parametrize(
    "line", re.findall(r"^\.venv/bin/kpoc (.*)$", TEXT, re.MULTILINE)
)
def test_commands_are_understood(line):
    arguments, rest = _parser().parse_known_args(shlex.split(line))
    assert callable(arguments.call) and not rest


@pytest.mark.slow
def test_the_example_is_trained_and_compared(workshop, run_folder, kpoc_here):
    write_example(workshop, "baseline.yaml")
    # in this process, which has TensorFlow already, and with a baseline that is there
    kpoc_here("train", "mine.yaml", "epochs=1", "model.options.width=4")
    words = COMPARE.replace("portraits/baseline", f"baseline={run_folder}").split()
    options = ("epochs=1", "model.options.width=4", "--seeds", 1, "--no-images")
    said = kpoc_here(*words, *options, "--out", "with_plugin").stdout
    assert "training 1" not in said
    page = workshop / re.search(r"^page: (.*)$", said, re.MULTILINE)[1]
    baseline, mine = json.loads(page.with_name("comparison.json").read_text())["sides"]
    [used] = mine["recipe"]["plugins"]
    [run] = map(Run, (workshop / "runs" / "mine").glob("*-seed0"))
    cards = run.card, page.with_name("card.mine.md"), page
    assert all(used["sha256"] in one.read_text() for one in cards)
    assert baseline["recipe"]["plugins"] == []
    copy = run.path / "plugins" / "my_method.py"
    assert copy.read_bytes() == (workshop / "my_method.py").read_bytes()
    assert run.model().get_layer("core").get_layer("encoder.separable_cnn")


@pytest.mark.slow
def test_the_example_in_processes_of_their_own_and_in_a_search(workshop, kpoc_command):
    write_example(workshop)
    small = (*SMALL, "--seeds", 1)
    kpoc_command(*COMPARE.split(), *small, "--no-images", "--runs", "own")
    [run] = (workshop / "own" / "mine").glob("*-seed0")
    refused = kpoc_command("card", run, status=1).stderr
    assert "needs the plug-in my_method" in refused and refused.count("\n") == 1
    for allowed in (("--trust", run), ("--plugin", "my_method.py")):
        kpoc_command("card", run, *allowed)
    search = re.search(r'RECIPE=(\S+) .*ARGS="(.*)"$', TEXT, re.MULTILINE)
    words = [search[1], *search[2].split(), *map(str, small), "--no-images"]
    words += ["--trials", "2", "--method", "random", "--runs", "own"]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tuning", *words],
        cwd=workshop,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert list((workshop / "own" / "mine-tuned-1").glob("*/plugins/my_method.py"))
