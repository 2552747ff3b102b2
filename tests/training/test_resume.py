"""Trainings that are killed and go on end bit for bit as if they had never stopped."""

import json
import random
import resource
import shutil

import psutil
import pytest

from kpoc.runs.run import Run, RunError
from kpoc.training.callbacks import TrainingDiverged
from kpoc.training.checkpoint import CheckpointError
from kpoc.training.plan import make_plan
from kpoc.training.train import train

# dropout, random flips, and checkpoints large enough to be caught while being written
RECIPE = """
extends: {parent}
name: tiny/resumed
model: {{options: {{units: 1024}}, dense_units: 512, dropout: 0.3}}
epochs: 3
early_stopping: {{monitor: val_age_mae, patience: 2}}
"""
NOW = ("--checkpoint-minutes", 0)


@pytest.fixture(scope="module")
def place(workshop, tmp_path_factory):
    """A folder with the recipe, which extends the tiny baseline."""
    folder = tmp_path_factory.mktemp("resume")
    text = RECIPE.format(parent=workshop / "baseline.yaml")
    (folder / "mine.yaml").write_text(text)
    return folder


@pytest.fixture(scope="module")
def reference(place):
    """The run that was never stopped."""
    return train(place / "mine.yaml", runs=place / "reference")


class Interrupted:
    """A training of the recipe that is killed and goes on.

    Args:
        killing: The helpers.
        place: The folder with the recipe.
        reference: The same training, never stopped.
        runs: The folder of runs, below `place`.
        words: Further words of the command line.
    """

    def __init__(self, killing, place, reference, runs, *words):
        self.killing, self.place, self.reference = killing, place, reference.path
        self.words = ("mine.yaml", "--runs", runs, "--resume", *words)
        below = reference.path.relative_to(reference.path.parents[2])
        self.path = place / runs / below

    def start(self):
        return self.killing.start(self.place, *self.words)

    def kill_when(self, reached):
        return self.killing.kill_when(self.start(), reached)

    def finish(self):
        process = self.start()
        said, _ = process.communicate()
        assert process.returncode == 0, said
        return said

    def position(self):
        return self.killing.position(self.path)

    def is_writing(self, name):
        return self.killing.parts(self.path, name)

    def check(self):
        """That it ended as the one that was never stopped, and left nothing over."""
        here, there = (
            sorted(file.name for file in run.iterdir())
            for run in (self.path, self.reference)
        )
        assert here == there
        self.killing.assert_same_bits(self.reference, self.path)
        assert self.killing.events(self.path) == self.killing.events(self.reference)


@pytest.fixture(scope="module")
def interrupt(killing, place, reference):
    def make(runs, *words, reference=reference):
        return Interrupted(killing, place, reference, runs, *words)

    return make


@pytest.fixture(scope="module")
def killed(interrupt):
    """A training that was killed within its first epoch."""
    training = interrupt("killed", *NOW)
    said = training.kill_when(lambda: training.position() >= (0, 2))
    assert "no checkpoint" in said and "from the start" in said
    return training


def copy(killed, runs):
    """The run of the killed training in another folder of runs."""
    run = Run(killed.place / runs / killed.path.relative_to(killed.place / "killed"))
    shutil.copytree(killed.path, run.path)
    return run


def changed(resumed):
    """What was noted as different; kpoc's own commit may be, while tests run."""
    return {name for name in resumed["changed"] if not name.startswith("git.")}


def test_killed_within_an_epoch_and_while_writing_a_checkpoint(interrupt, killed):
    training = interrupt("twice", *NOW)
    copy(killed, "twice")
    epoch, step = reached = training.position()
    said = training.kill_when(
        lambda: training.position() > (1, 0) and training.is_writing("checkpoint.zip")
    )
    assert f"in epoch {epoch + 1}, step {step + 1}" in said
    whole = training.position()
    assert whole > (1, 0) and training.is_writing("checkpoint.zip")
    train(killed.place / "mine.yaml", runs=killed.place / "twice", resume=True)
    training.check()
    resumed = Run(training.path).info["resumed"]
    assert [(r["epoch"], r["step"]) for r in resumed] == [reached, whole]
    assert not changed(resumed[0]) and not changed(resumed[1])
    seconds = Run(training.path).history["seconds"]
    cost = Run(training.path).info["cost"]
    assert cost["epochs"] == len(seconds) and 0 < cost["train_seconds"] < seconds.sum()


def test_what_is_different_is_said_and_noted(killing, killed, reference, capsys):
    run = copy(killed, "different")
    info = run.info
    info["versions"]["keras"] = "3.14.0"
    info["environment"]["cpus"] += 1
    (run.path / "run.json").write_text(json.dumps(info))
    train(killed.place / "mine.yaml", runs=killed.place / "different", resume=True)
    said = capsys.readouterr().out
    assert "WARNING" in said and "- versions.keras: '3.14.0' -> " in said
    [resumed] = run.info["resumed"]
    assert changed(resumed) == {"versions.keras", "environment.cpus"}
    assert run.info["versions"]["keras"] == "3.14.0"
    killing.assert_same_bits(reference.path, run.path)


def test_what_it_cannot_go_on_from_is_refused_and_left_as_it_is(killed):
    run = copy(killed, "refused")
    before = (run.path / "run.json").read_bytes()

    def refused(error, text):
        with pytest.raises(error, match=text):
            train(
                killed.place / "mine.yaml", runs=killed.place / "refused", resume=True
            )

    info = run.info
    info["environment"]["backend"] = "jax"
    (run.path / "run.json").write_text(json.dumps(info))
    refused(RunError, "backend jax .*Received: tensorflow")
    (run.path / "run.json").write_bytes(before)
    content = run.checkpoint.read_bytes()
    run.checkpoint.write_bytes(content[: len(content) // 2])
    refused(CheckpointError, "checkpoint.zip cannot be read .*without --resume")
    assert (run.path / "run.json").read_bytes() == before


def test_without_resume_it_is_moved_aside_and_the_message_names_the_option(
    place, capsys
):
    # a training that stops in its first steps
    wrong = {"optimizer": {"name": "adam", "learning_rate": 1e30}}
    run = make_plan(place / "mine.yaml", runs=place / "aside", overrides=wrong).run
    run.path.mkdir(parents=True)
    run.write(status="running")
    run.checkpoint.write_bytes(b"precious")
    with pytest.raises(TrainingDiverged):
        train(place / "mine.yaml", runs=place / "aside", **wrong)
    aside = run.path.with_name(f"{run.path.name}.unfinished1")
    said = capsys.readouterr().out
    assert f"moved to {aside}; --resume would have gone on" in said
    assert (aside / "checkpoint.zip").read_bytes() == b"precious"


def test_killed_after_it_said_that_it_is_finished(place, reference):
    runs = place / "finished"
    run = Run(runs / reference.path.relative_to(place / "reference"))
    shutil.copytree(reference.path, run.path)
    run.checkpoint.write_bytes(b"left over")
    run.card.unlink()
    train(place / "mine.yaml", runs=runs)
    assert not run.checkpoint.exists() and run.is_finished
    assert run.card.read_bytes() == reference.card.read_bytes()


def test_what_another_process_finished_meanwhile_is_not_trained_again(
    place, reference, monkeypatch
):
    """It is seen to run, then it finishes, and only then does this process hold it."""
    run = Run(place / "meanwhile" / reference.path.relative_to(place / "reference"))
    shutil.copytree(reference.path, run.path)
    run.write(status="running")

    def hold(self):
        self.write(status="finished")

    monkeypatch.setattr(Run, "hold", hold)
    again = train(place / "mine.yaml", runs=place / "meanwhile", resume=True)
    assert again.path == run.path and again.is_finished
    assert [p.name for p in run.path.parent.iterdir()] == [run.path.name]


def test_a_failure_after_the_end_takes_nothing_back(place, reference, monkeypatch):
    run = Run(place / "ended" / reference.path.relative_to(place / "reference"))

    def train_here(plan, *_):
        plan.run.write(status="finished")
        raise KeyboardInterrupt

    monkeypatch.setattr("kpoc.training.train.train_here", train_here)
    with pytest.raises(KeyboardInterrupt):
        train(place / "mine.yaml", runs=place / "ended")
    assert run.is_finished


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    ["best.weights.h5", "metrics.csv", "predictions_test.parquet", "model.keras"],
)
def test_killed_while_writing_what_comes_after_a_checkpoint(interrupt, name):
    training = interrupt(f"writing-{name}")
    training.kill_when(lambda: training.is_writing(name))
    training.finish()
    training.check()


@pytest.mark.slow
def test_killed_at_random_moments(interrupt, killing):
    seed = random.randrange(10**6)
    print("seed", seed)
    chance = random.Random(seed)
    for number in range(3):
        training = interrupt(f"random{number}", "--checkpoint-minutes", 0.002 * number)
        for _ in range(5):
            process = training.start()
            killing.wait_until(process, (training.path / "tensorboard").exists)
            if not killing.kill_after(process, chance.uniform(0.0, 6.0)):
                break
        training.finish()
        training.check()


@pytest.mark.slow
def test_a_full_disk_costs_nothing_but_time(interrupt, killing):
    """A limit on file size stands for the full disk: the write fails half way."""
    training = interrupt("full", *NOW)
    process = training.start()
    killing.wait_until(process, lambda: training.position() >= (1, 1))
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (200_000, 200_000))
    said, _ = process.communicate()
    assert process.returncode == 1
    assert "could not be written" in said and "--resume goes on" in said
    assert Run(training.path).info["status"] == "failed"
    assert not training.is_writing("checkpoint.zip")
    training.finish()
    assert Run(training.path).info["error"] is None
    training.check()


@pytest.mark.slow
@pytest.mark.parametrize(
    "changes",
    [
        ["xla=true"],
        ["cache=none", "precision=mixed_bfloat16"],
        ["precision=mixed_float16", "optimizer={name: sing, learning_rate: 1e-3}"],
        ["optimizer={name: lars, learning_rate: 0.1}", "early_stopping=null"],
    ],
)
def test_whatever_the_recipe_says(killing, place, interrupt, changes):
    whole = killing.start(place, "mine.yaml", *changes, "--runs", "whole")
    said, _ = whole.communicate()
    folder = place / said.splitlines()[-1].removeprefix("run: ")
    training = interrupt("stopped", *NOW, *changes, reference=Run(folder))
    training.kill_when(lambda: training.position() >= (0, 3))
    training.kill_when(lambda: training.position() >= (1, 2))
    training.finish()
    training.check()


@pytest.mark.slow
def test_a_comparison_goes_on_with_the_training_that_was_killed(
    killing, kpoc_command, workshop, tmp_path
):
    words = ["baseline.yaml", "lmf_denseweight.yaml", "--seeds", 1]
    words += ["epochs=30", "--runs", tmp_path]
    process = killing.start(workshop, *words, verb="compare")
    killing.wait_until(process, lambda: list(tmp_path.rglob("checkpoint.zip")))
    [training] = psutil.Process(process.pid).children()
    training.kill()
    said, _ = process.communicate()
    assert process.returncode == 1 and "killed by signal 9" in said
    assert "1 of 2 trainings failed" in said
    again = kpoc_command("compare", *words).stdout
    assert "training 1 of 1: tiny/baseline, seed 0" in again
    assert "going on with" in again
