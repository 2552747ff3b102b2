"""A training in a process of its own, also by another Python."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator

from kpoc.ground.child_python import child_command
from kpoc.ground.lifeline import run_tied
from kpoc.ground.schema import problems_error
from kpoc.recipe import Recipe
from kpoc.training.plan import Plan

_BACKEND = "KERAS_BACKEND"


def train_in_child(
    plan: Plan, *options: str, resume: bool = False, python: str = sys.executable
) -> str | None:
    """Trains what `make_plan` laid out by `kpoc train`, which ends with this process.

    Args:
        plan: The plan.
        options: More options of `kpoc train`.
        resume: Go on where it was interrupted.
        python: The Python to run.

    Returns:
        Why it failed; None if the run is finished.
    """
    with open_recipe(plan) as recipe:
        words = train_words(plan, recipe, *options, resume=resume)
        command = child_command("kpoc", *words, python=python)
        status = run_tied(command, pass_fds=[recipe])
    if status < 0:
        return how_it_ended(status)
    if status or not plan.run.is_finished:
        return plan.run.info.get("error") or "see its messages above"
    return None


@contextlib.contextmanager
def open_recipe(plan: Plan) -> Iterator[int]:
    """A descriptor of the recipe, in a file without a name: no kill leaves it behind.

    Args:
        plan: The plan.
    """
    with tempfile.TemporaryFile() as file:
        file.write(plan.recipe.to_yaml().encode())
        file.seek(0)
        yield file.fileno()


def train_words(
    plan: Plan, recipe: int, *options: str, resume: bool = False
) -> list[str]:
    """The words after `kpoc` that train what `make_plan` laid out.

    Args:
        plan: The plan.
        recipe: What `open_recipe` gives; it must be passed on to the process.
        options: As in `train_in_child`.
        resume: As in `train_in_child`.
    """
    words = ["train", f"/dev/fd/{recipe}", "--runs", str(plan.runs)]
    words += ["--data", str(plan.data)] if plan.data else []
    words += ["--resume"] if resume else []
    return [*words, *options]


def require_trainable_in_child(*recipes: Recipe) -> None:
    """Refuses recipes that cannot be trained, without loading Keras in this process.

    The child has Keras over NumPy where that is at hand, which loads fastest, unless
    models must be built for it.

    Args:
        recipes: The recipes.

    Raises:
        SchemaError: Lists all problems.
        RuntimeError: The child itself failed.
    """
    if not recipes:
        return
    built = any(recipe.start or recipe.inference for recipe in recipes)
    quick = {}
    if not built and importlib.util.find_spec("jax") is not None:
        quick = {_BACKEND: "numpy"}
    done = subprocess.run(
        child_command("kpoc.training.recipe_checks"),
        input=json.dumps([recipe.to_dict() for recipe in recipes]),
        env=os.environ | quick,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"the check of recipes failed: {done.stderr.strip()[-500:]}")
    if problems := json.loads(done.stdout.splitlines()[-1]):
        raise problems_error("what is to be trained", problems)


def how_it_ended(status: int) -> str:
    """What the status of a process says that failed."""
    if status < 0:
        return f"killed by signal {-status} (out of memory?)"
    return f"ended by an error (status {status})"
