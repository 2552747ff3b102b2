"""Trainings by several real processes, against the same by one."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from kpoc.runs.run import Run

PAGE = Path(__file__).parents[3] / "docs" / "several_machines.md"
QUICK = "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true"
FOUR = f"{QUICK} --xla_force_host_platform_device_count=4"
# validation rows that neither two nor four divide
RECIPE = """
extends: {folder}/baseline.yaml
name: tiny/together
task: {{protocol: {folder}/odd.yaml}}
optimizer: {optimizer}
schedule: constant
augmentation: {augmentation}
"""
SGD = {"optimizer": "{name: sgd, learning_rate: 0.01}", "augmentation": "[]"}
ADAM = {
    "optimizer": "{name: adam, learning_rate: 1e-3}",
    "augmentation": "[random_flip, {name: random_rotation, degrees: 10}]",
}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", autouse=True)
def needs_jax():
    pytest.importorskip("jax")


@pytest.fixture
def recipe(workshop, tmp_path):
    """Writes a recipe; gives its path."""

    def write(**values):
        odd = (workshop / "tiny.yaml").read_text().replace("count: 240", "count: 227")
        (workshop / "odd.yaml").write_text(odd)
        file = tmp_path / "recipe.yaml"
        file.write_text(RECIPE.format(folder=workshop, **values))
        return file

    return write


def environment(flags: str = QUICK) -> dict[str, str]:
    return {"KERAS_BACKEND": "jax", "XLA_FLAGS": flags}


def start(*words: object, **more: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "kpoc", "train", *map(str, words)],
        env=os.environ | environment() | more,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def run_in(folder: Path) -> Run:
    [file] = folder.rglob("run.json")
    return Run(file.parent)


def apart(killing, one: Run, other: Run) -> dict[str, float]:
    """The largest difference of each array that two runs hold."""
    a, b = killing.results(one.path), killing.results(other.path)
    assert a.keys() == b.keys()
    for found in (a, b):
        logs = {name: found[name] for name in found if name.startswith("history.")}
        found |= {name: np.array(text, float) for name, text in logs.items()}
    numbers = [name for name in a if a[name].dtype.kind in "fi"]
    return {name: float(np.abs(a[name] - b[name]).max(initial=0)) for name in numbers}


@pytest.mark.parametrize("values", [SGD, ADAM], ids=["sgd", "adam"])
def test_devices_and_processes_train_as_one(
    kpoc_command, recipe, tmp_path, killing, values
):
    file = recipe(**values)
    ways = {
        "one": ((), QUICK),
        "devices": (("--devices", 4), FOUR),
        "processes": (("--processes", 2), QUICK),
    }
    runs = {}
    for name, (words, flags) in ways.items():
        words = ("train", file, "--runs", tmp_path / name, *words)
        said = kpoc_command(*words, **environment(flags)).stdout
        runs[name] = run_in(tmp_path / name)
        assert said.count("run: ") == 1 and runs[name].is_finished
    assert len(runs["one"].manifest.rows("validation")) % 4
    for name, devices in (("devices", 4), ("processes", 2)):
        found = apart(killing, runs["one"], runs[name])
        logs = {key: value for key, value in found.items() if "history" in key}
        weights = [found[key] for key in found if key.startswith(("layers", "model."))]
        if values is SGD:
            assert max(weights) < 1e-5
            assert found["validation.age"] < 1e-3 and found["test.age"] < 1e-3
        losses = [value for key, value in logs.items() if key.endswith("loss")]
        assert len(losses) == 8 and max(losses) < 1e-3
        said = runs[name].info["distribution"]
        assert said == {"processes": int(name == "processes") + 1, "devices": devices}
        # an ordinary directory, without traces of the others
        files = {path.name for path in runs[name].path.iterdir()}
        assert files == {path.name for path in runs["one"].path.iterdir()}
        assert len(list((tmp_path / name).rglob("run.json"))) == 1


def follower_of(process: subprocess.Popen) -> int:
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    [child] = [
        int(pid)
        for pid in children.split()
        if b"--process-index" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]
    return child


def test_a_dead_process_ends_the_others_and_the_run_goes_on(
    recipe, tmp_path, killing, kpoc_command
):
    file = recipe(**SGD)
    words = (file, "epochs=6", "--processes", 2, "--checkpoint-minutes", 0)
    whole = kpoc_command(
        "train", *words[:2], "--runs", tmp_path / "whole", **environment()
    )
    assert "run: " in whole.stdout
    runs = tmp_path / "killed"

    process = start(*words, "--runs", runs)
    killing.wait_until(process, lambda: list(runs.rglob("checkpoint.zip")))
    os.kill(follower_of(process), signal.SIGKILL)
    said = process.communicate(timeout=120)[0]
    assert process.returncode == 1
    assert "process 1 of 2 was killed by signal 9" in said
    run = run_in(runs)
    assert run.info["status"] == "failed" and "process 1" in run.info["error"]

    # and the other way round: nobody is left behind
    process = start(*words, "--runs", runs, "--resume")
    killing.wait_until(process, lambda: run.info["status"] == "running")
    position = killing.position(run.path)
    killing.wait_until(process, lambda: killing.position(run.path) > position)
    follower = follower_of(process)
    process.kill()
    process.communicate()
    until = time.monotonic() + 120
    while Path(f"/proc/{follower}/cmdline").exists() and time.monotonic() < until:
        time.sleep(0.2)
    assert not Path(f"/proc/{follower}/cmdline").exists()

    process = start(*words, "--runs", runs, "--resume")
    said = process.communicate()[0]
    assert process.returncode == 0 and "going on with" in said
    found = apart(killing, run_in(tmp_path / "whole"), run)
    weights = [found[key] for key in found if key.startswith(("layers", "model."))]
    assert max(weights) < 1e-5 and found["history.val_loss"] < 1e-5


def test_the_page_as_written_on_one_machine(recipe, tmp_path):
    file = recipe(**SGD)
    blocks = re.findall(r"```sh\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    # a port of its own: that of the page may be taken
    index = [block for block in blocks if "--process-index" in block]
    assert len(index) == 2
    kpoc = f"{sys.executable} -W ignore -m kpoc"
    scripts = [
        block.replace("kpoc train RECIPE", f"{kpoc} train {file} --runs {number}")
        for number, block in enumerate(index)
    ]
    both = [
        subprocess.Popen(
            ["sh", "-e", "-c", script],
            cwd=tmp_path,
            env=os.environ | {"XLA_FLAGS": QUICK},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for script in reversed(scripts)
    ][::-1]
    said = [process.communicate(timeout=300)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert run_in(tmp_path / "0").is_finished
    assert "run: " in said[0] and "run: " not in said[1]
    # the second one wrote nothing
    assert not (tmp_path / "1").exists()


def test_processes_that_do_not_fit_together(recipe, tmp_path):
    file = recipe(**SGD)
    variables = {
        "KERAS_DISTRIBUTION_JOB_ADDRESSES": "127.0.0.1:29877",
        "KERAS_DISTRIBUTION_NUM_PROCESSES": "2",
    }
    both = [
        start(
            *(file, "--runs", tmp_path / str(index), f"epochs={index + 1}"),
            **variables,
            KERAS_DISTRIBUTION_PROCESS_ID=str(index),
        )
        for index in (0, 1)
    ]
    for process in both:
        said = process.communicate(timeout=120)[0]
        assert process.returncode == 1
        assert "What differs: the values of the recipe" in said
    assert not (tmp_path / "0").exists()


def test_what_does_not_divide_is_refused(kpoc_command, recipe, tmp_path):
    words = ("train", recipe(**SGD), "--runs", tmp_path / "runs")
    more = ("batch_size=30", "--devices", 4)
    said = kpoc_command(*words, *more, status=1, **environment(FOUR)).stderr
    assert "`batch_size` must be a multiple of the number of devices, 4" in said
    said = kpoc_command(*words, "--devices", 2, status=1, **environment()).stderr
    assert "those that a process has, 1 (cpu:0)" in said and "XLA_FLAGS" in said
    more = ("batch_size=15", "--processes", 2)
    said = kpoc_command(*words, *more, status=1, **environment()).stderr
    assert "`batch_size` must be a multiple of the number of processes, 2" in said
    assert not (tmp_path / "runs").exists()
