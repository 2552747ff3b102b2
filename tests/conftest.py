"""Options, and two small recipes that tests train by the real command."""

import contextlib
import io
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from kpoc.cli import main, set_up_tensorflow

# as in the processes that tests start
set_up_tensorflow()


def pytest_addoption(parser):
    parser.addoption("--runslow", action="store_true", help="run the slow tests too")


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(config, items):
    # before pytest-xdist looks for its marks
    _share_out(items)
    reasons = {
        "slow": None if config.getoption("--runslow") else "needs --runslow",
        "realdata": None if os.environ.get("KPOC_DATA") else "needs KPOC_DATA",
    }
    for item in items:
        for marker, reason in reasons.items():
            if reason and marker in item.keywords:
                item.add_marker(pytest.mark.skip(reason=reason))
    return (yield)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup():
    # Keras takes from here every seed that a test leaves open
    random.seed(0)


def _share_out(items):
    """Says which tests go to one process: a file's, and all on the one comparison.

    That comparison takes a minute, so no second process should make it, and whoever has
    it begins with it.
    """
    files = {item.path for item in items if "compared" in item.fixturenames}
    for item in items:
        group = "compared" if item.path in files else item.path.stem
        item.add_marker(pytest.mark.xdist_group(group))
    items.sort(key=lambda item: item.path not in files)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real images; tests that use it are marked `realdata`."""
    return Path(os.environ["KPOC_DATA"])


@pytest.fixture(scope="session")
def real_dogs(real_data) -> Path:
    """The folder of real dogs; not everyone who has real faces has them too."""
    folder = real_data / "dogs"
    if not folder.exists():
        pytest.skip(f"needs {folder}")
    return folder


PROTOCOL = """
name: tiny
description: few small portraits
source: {name: portraits, count: 240, size: 32, seed: 3}
seed: 0
columns:
  age: {range: [1, 80]}
  kind: {classes: [Round, Angular]}
  tribe: {classes: [Cedar, Birch, Maple, Willow]}
steps:
  - {name: test, rows: 5, by: [kind, tribe]}
  - {name: split, train: 0.8, validation: 0.2, stratify: [tribe]}
"""

RECIPE = """
extends: portraits/{parent}
name: tiny/{parent}
task: {{protocol: {folder}/tiny.yaml, groups: [kind, tribe]}}
model: {{options: {{width: 4, stages: 2, units: 8}}}}
image_size: 24
batch_size: 32
epochs: 2
"""


class Command:
    """Runs `kpoc` as a user would, in a folder of its own."""

    def __init__(self, folder: Path):
        self.folder = folder

    def __call__(self, *words: object, status: int = 0, **environment: str):
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "kpoc", *map(str, words)],
            cwd=self.folder,
            env=os.environ | environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done


class CommandHere(Command):
    """Runs the same in this process, which has imported TensorFlow already."""

    def __call__(self, *words: object, status: int = 0):
        out, err = io.StringIO(), io.StringIO()
        with (
            contextlib.chdir(self.folder),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            got = main([str(word) for word in words])
        said = out.getvalue(), err.getvalue()
        assert got == status, "".join(said)
        return subprocess.CompletedProcess(words, got, *said)


@pytest.fixture(scope="session")
def workshop(tmp_path_factory):
    """A folder with the tiny protocol and recipes."""
    folder = tmp_path_factory.mktemp("workshop")
    (folder / "tiny.yaml").write_text(PROTOCOL)
    for parent in ("baseline", "lmf_denseweight"):
        text = RECIPE.format(parent=parent, folder=folder)
        (folder / f"{parent}.yaml").write_text(text)
    return folder


@pytest.fixture(scope="session")
def kpoc_command(workshop):
    return Command(workshop)


@pytest.fixture(scope="session")
def kpoc_here(workshop):
    return CommandHere(workshop)


@pytest.fixture(scope="session")
def compared(workshop, kpoc_command, kpoc_here):
    """What `kpoc compare` printed of 2 recipes and 2 seeds; it trained the second."""
    for recipe in ("baseline.yaml", "lmf_denseweight.yaml"):
        kpoc_here("train", recipe)
    return kpoc_command(
        "compare", "baseline.yaml", "lmf_denseweight.yaml", "--seeds", 2
    ).stdout


@pytest.fixture(scope="session")
def run_folder(workshop, compared):
    [folder] = (workshop / "runs" / "tiny" / "baseline").glob("*-seed0")
    return folder
