"""What starts of trainings leave that came to no epoch, and who waits for whom."""

import json
import subprocess
import sys

import pandas as pd
import pytest

from kpoc.comparing.asked import read_sides
from kpoc.protocols.manifest import Manifest
from kpoc.recipe import load_recipe
from kpoc.runs.run import Run

RECIPE = load_recipe("portraits/baseline")
ROWS = pd.DataFrame(
    {"id": ["a"], "path": ["a"], "split": ["train"], "stratum": [""], "sha256": ["0"]}
)


def run_with(folder, status, *names):
    """A run directory of a training that is at some point."""
    folder.mkdir(parents=True)
    (folder / "run.json").write_text(json.dumps({"status": status, "recipe": "mine"}))
    (folder / "recipe.yaml").write_text(RECIPE.to_yaml())
    for name in names:
        (folder / name).write_text("precious")
    return Run(folder)


def start(run):
    run.hold()
    try:
        return run.start(RECIPE, Manifest(ROWS), {})
    finally:
        run.release()


def test_a_start_without_an_epoch_is_not_moved_aside(tmp_path):
    for status in ("running", "failed"):
        run = run_with(tmp_path / f"{status}-seed0", status)
        part = run.path / f".{2**22 + 1}-run.json"
        part.write_text("half")
        assert start(run) is None
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["failed-seed0", "running-seed0"]
    assert not list(tmp_path.rglob(".*"))


@pytest.mark.parametrize("name", ["checkpoint.zip", "metrics.csv", "my-notes.txt"])
def test_whatever_else_there_is_is_moved_aside(tmp_path, name):
    run = run_with(tmp_path / "a-seed0", "running", name)
    aside = start(run)
    assert (aside / name).read_text() == "precious"


def test_failed_starts_of_other_values_go_those_at_work_and_with_more_stay(tmp_path):
    run_with(tmp_path / "misspelt-seed0", "failed")
    stay = {
        run_with(tmp_path / "epoch-seed0", "failed", "metrics.csv"),
        run_with(tmp_path / "begun-seed1", "running"),
        run_with(tmp_path / "done-seed2", "finished"),
        held := run_with(tmp_path / "held-seed3", "failed"),
    }
    held.hold()
    start(Run(tmp_path / "new-seed0"))
    names = {path.name for path in tmp_path.iterdir() if path.is_dir()}
    assert names == {run.path.name for run in stay} | {"new-seed0"}
    held.release()


def test_a_wildcard_passes_over_what_is_not_finished(tmp_path, capsys):
    done = run_with(tmp_path / "a-seed0", "finished")
    failed = run_with(tmp_path / "b-seed0", "failed")
    (tmp_path / "c-seed0").mkdir()
    [side] = read_sides([f"mine={tmp_path}/*"], {})
    assert side.runs == [done.path]
    said = capsys.readouterr().out
    assert (
        f"passed over: {failed.path} is failed" in said and "c-seed0 is no run" in said
    )
    for words in (f"mine={done.path},{failed.path}", f"mine={tmp_path}/[bc]*"):
        with pytest.raises(ValueError, match="finished runs.*b-seed0"):
            read_sides([words], {})


KILLED = """
import os, signal, sys
from kpoc.runs.run import Run
run = Run(sys.argv[1])
run.hold()
run.write(status="finished")
from kpoc.ground.files import atomic
with atomic(run.card) as part:
    part.write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_run_that_was_finished_before_the_kill_is_cleared_as_well(tmp_path):
    run = Run(tmp_path / "a-seed0")
    run.path.mkdir()
    subprocess.run([sys.executable, "-c", KILLED, run.path])
    assert run.is_finished and len(list(tmp_path.rglob(".*"))) == 2
    run.remove_left_behind()
    assert not list(tmp_path.rglob(".*"))


HOLD = """
import sys
from kpoc.runs.run import Run
run = Run(sys.argv[1])
run.hold()
print(flush=True)
input()
"""


def test_a_run_is_waited_for_until_its_process_has_ended(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("kpoc.runs.run._PAUSE", 0.01)
    run = Run(tmp_path / "a-seed0")
    command = [sys.executable, "-c", HOLD, run.path]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, **pipes) as process:
        process.stdout.readline()
        assert run.is_held
        monkeypatch.setattr("time.sleep", lambda _: process.kill())
        run.wait()
    assert not run.is_held
    assert f"waiting for another process, which trains {run.path}" in (
        capsys.readouterr().out
    )
    run.wait()
    assert capsys.readouterr().out == ""
