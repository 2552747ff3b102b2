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
        file = Path(folder) / "recipe.yaml"
        file.write_text(plan.recipe.to_yaml(), encoding="utf-8")
        command = [python, "-m", "kpoc", "train", str(file), "--runs", str(plan.runs)]
        command += ["--data", str(plan.data)] if plan.data else []
        command += ["--resume"] if resume else []
        status = subprocess.run([*command, *options], check=False).returncode
    if status < 0:
        return f"killed by signal {-status} (out of memory?)"
    if status or not plan.run.is_finished:
        return plan.run.info.get("error") or "see its messages above"
    return None
