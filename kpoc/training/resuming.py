"""Going on with an interrupted run: from which checkpoint, and what is different."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping

from kpoc.protocols.manifest import Manifest
from kpoc.runs.run import RunError
from kpoc.training import machine
from kpoc.training.checkpoint import Checkpoint
from kpoc.training.plan import Plan
from kpoc.training.progress import say


def resume_run(plan: Plan, facts: Mapping) -> tuple[Plan, Checkpoint]:
    """Makes an interrupted run ready to go on from its checkpoint.

    What is different from when it started is said aloud and noted in `run.json`: it
    goes on, but the promise that it ends as if never stopped does not hold.

    Args:
        plan: The plan; its run is held by this process and has a checkpoint.
        facts: What `run.json` would say of a training that starts now.

    Returns:
        The plan, its rows in the order in which the run had them, and the checkpoint.

    Raises:
        CheckpointError: The checkpoint cannot be read.
        RunError: The run was trained with another Keras backend.
    """
    run, before = plan.run, plan.run.info
    checkpoint = Checkpoint(run.checkpoint)
    changed = machine.differences(before, facts)
    if backend := changed.get("environment.backend"):
        raise RunError(
            f"{run.path} was started with Keras' backend {backend[0]} and can go on "
            f"with it alone. Received: {backend[1]}"
        )
    ids = run.manifest.table[["id", "sha256"]]
    rows = plan.manifest.table.set_index("id", drop=False).loc[ids["id"]]
    if other := int((rows["sha256"].to_numpy() != ids["sha256"].to_numpy()).sum()):
        changed["images"] = ["as they were", f"{other} have another content"]
    run.resume(
        time=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        epoch=checkpoint.epoch,
        step=checkpoint.step,
        changed=changed,
    )
    if checkpoint.stopped or checkpoint.epoch == plan.recipe.epochs:
        place = "after its last epoch"
    else:
        place = f"in epoch {checkpoint.epoch + 1}, step {checkpoint.step + 1}"
    say(f"going on with {run.path} {place}")
    if changed:
        say(_loud(changed))
    return dataclasses.replace(
        plan, manifest=Manifest(rows, plan.manifest.meta)
    ), checkpoint


def _loud(changed: Mapping[str, list]) -> str:
    lines = [f"- {name}: {then!r} -> {now!r}" for name, (then, now) in changed.items()]
    return (
        "WARNING: this is not what the training started with, so it will not end as if "
        "it had never stopped (noted in run.json):\n" + "\n".join(lines)
    )
