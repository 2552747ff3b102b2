"""A training in a process of its own, also by another Python."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

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
        command = train_command(plan, Path(folder), *options, resume=resume)
        status = subprocess.run([python, *command], check=False).returncode
    if status < 0:
        return how_it_ended(status)
    if status or not plan.run.is_finished:
        return plan.run.info.get("error") or "see its messages above"
    return None


def train_command(
    plan: Plan, folder: Path, *options: str, resume: bool = False
) -> list[str]:
    """The arguments of a Python that trains what `make_plan` laid out.

    Args:
        plan: The plan.
        folder: Where the recipe is written, as a file of this process.
        options: As in `train_in_child`.
        resume: As in `train_in_child`.
    """
    file = folder / "recipe.yaml"
    file.write_text(plan.recipe.to_yaml(), encoding="utf-8")
    command = ["-m", "kpoc", "train", str(file), "--runs", str(plan.runs)]
    command += ["--data", str(plan.data)] if plan.data else []
    command += ["--resume"] if resume else []
    return [*command, *options]


def how_it_ended(status: int) -> str:
    """What the status of a process says that failed."""
    if status < 0:
        return f"killed by signal {-status} (out of memory?)"
    return f"ended by an error (status {status})"
