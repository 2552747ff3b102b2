"""A training in a process of its own, also by another Python."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from kpoc.child_python import child_command
from kpoc.training.plan import Plan


def train_in_child(
    plan: Plan, *options: str, resume: bool = False, python: str = sys.executable
) -> str | None:
    """Trains what `make_plan` laid out by `kpoc train`.

    Args:
        plan: The plan.
        options: More options of `kpoc train`.
        resume: Go on where it was interrupted.
        python: The Python to run.

    Returns:
        Why it failed; None if the run is finished.
    """
    with tempfile.TemporaryDirectory() as folder:
        words = train_words(plan, Path(folder), *options, resume=resume)
        command = child_command("kpoc", *words, python=python)
        status = subprocess.run(command, check=False).returncode
    if status < 0:
        return how_it_ended(status)
    if status or not plan.run.is_finished:
        return plan.run.info.get("error") or "see its messages above"
    return None


def train_words(
    plan: Plan, folder: Path, *options: str, resume: bool = False
) -> list[str]:
    """The words after `kpoc` that train what `make_plan` laid out.

    Args:
        plan: The plan.
        folder: Where the recipe is written, as a file of this process.
        options: As in `train_in_child`.
        resume: As in `train_in_child`.
    """
    file = folder / "recipe.yaml"
    file.write_text(plan.recipe.to_yaml(), encoding="utf-8")
    words = ["train", str(file), "--runs", str(plan.runs)]
    words += ["--data", str(plan.data)] if plan.data else []
    words += ["--resume"] if resume else []
    return [*words, *options]


def how_it_ended(status: int) -> str:
    """What the status of a process says that failed."""
    if status < 0:
        return f"killed by signal {-status} (out of memory?)"
    return f"ended by an error (status {status})"
