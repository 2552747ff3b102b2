"""Training in a process of a cluster."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import json
import os
import sys
import zipfile
from collections.abc import Iterator

from kpoc.ground.files import temporary_folder
from kpoc.ground.streams import quiet
from kpoc.runs.run import Run
from kpoc.training import machine
from kpoc.training.backend import start_quietly
from kpoc.training.distribution.cluster import Cluster, ProcessLost, is_loss
from kpoc.training.distribution.followers import followers
from kpoc.training.distribution.together import (
    Together,
    choose_devices,
    on_devices,
    require_jax,
)
from kpoc.training.distribution.wanted import Wanted
from kpoc.training.plan import Plan
from kpoc.training.progress import say
from kpoc.training.resumable import CHECKPOINT_MINUTES
from kpoc.training.starting import chain_of
from kpoc.training.train import train_plan


def train_distributed(
    plan: Plan,
    wanted: Wanted,
    *,
    resume: bool = False,
    checkpoint_minutes: float = CHECKPOINT_MINUTES,
) -> Run | None:
    """Trains what `make_plan` laid out, on what is wanted.

    Args:
        plan: The plan.
        wanted: Devices and processes.
        resume: As in `kpoc.train`.
        checkpoint_minutes: As in `kpoc.train`.

    Returns:
        The run; None in another process than the first one.

    Raises:
        ValueError: Not that many devices, a batch that they do not divide, another
            backend than JAX, or processes that were not started alike.
        RuntimeError: The processes do not meet, or another one ended.
    """
    require_jax(plan)
    how = {"resume": resume, "checkpoint_minutes": checkpoint_minutes}
    if wanted.processes == 1:
        start_quietly()
        return train_plan(plan, **how, where=on_devices(wanted.devices, plan))
    if waiting := [p for p in list(chain_of(plan))[:-1] if not p.run.is_finished]:
        raise ValueError(
            "`start` must be trained before several processes go on from it. "
            f"Received: {waiting[0].recipe.name}, which is not"
        )
    if plan.recipe.batch_size % wanted.processes:
        raise ValueError(
            "`batch_size` must be a multiple of the number of processes, "
            f"{wanted.processes}. Received: {plan.recipe.batch_size}"
        )
    if wanted.starts_others:
        options = ("--checkpoint-minutes", str(checkpoint_minutes))
        with followers(plan, wanted, *options, resume=resume) as cluster:
            return _train_member(plan, cluster, wanted.devices, how)
    cluster = Cluster(wanted.coordinator, wanted.processes, wanted.index)
    return _train_member(plan, cluster, wanted.devices, how)


def _train_member(
    plan: Plan, cluster: Cluster, devices: int | None, how: dict
) -> Run | None:
    cluster.join()
    start_quietly()
    facts = _facts(plan, how["resume"])
    with quiet():
        # the first time that the processes talk, which native code announces
        cluster.agree(facts)
    where = _Member(cluster, choose_devices(devices), plan.recipe.batch_size)
    try:
        if cluster.is_first:
            cluster.hear(_to_tell(plan.run, how["resume"]))
            run = train_plan(plan, **how, where=where)
        else:
            say(f"process {cluster.index} of {cluster.processes} is there")
            with _own_run(plan, cluster.hear(None)) as own:
                train_plan(own, **how, where=where)
            run = None
    except Exception as error:
        if not is_loss(error):
            raise
        raise ProcessLost(
            "another process of this training has ended or cannot be reached; what it "
            "printed says why, and --resume goes on from the last checkpoint "
            f"({error})"
        ) from error
    cluster.leave()
    return run


class _Member(Together):
    """Training on the devices of all processes, which part when it is over."""

    def __init__(self, cluster: Cluster, devices: list[str], batch_size: int):
        super().__init__(devices, batch_size, cluster.index, cluster.processes)
        self._cluster = cluster

    def finish(self, model) -> None:
        super().finish(model)
        self._cluster.leave()


def _facts(plan: Plan, resume: bool) -> dict[str, str]:
    recipe = plan.recipe.to_dict() | {"name": "", "description": ""}
    del recipe["model"]["weights"]
    return {
        "the values of the recipe": json.dumps(recipe, sort_keys=True),
        "rows": plan.manifest.digest,
        "weights": str(plan.weights["sha256"] or plan.weights["name"]),
        "--resume": str(resume),
        "versions of the software": json.dumps(machine.versions(), sort_keys=True),
    }


def _to_tell(run: Run, resume: bool) -> bytes:
    """What the others need to know of the run, as a zip file; b"" if nothing."""
    if not (run.is_finished or (resume and run.checkpoint.is_file())):
        return b""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        for one in run.files("resuming"):
            file.write(one, one.name)
    return content.getvalue()


@contextlib.contextmanager
def _own_run(plan: Plan, told: bytes) -> Iterator[Plan]:
    """The plan of another process than the first: silent, its run is thrown away."""
    with (
        temporary_folder() as folder,
        open(os.devnull, "w") as nowhere,
        contextlib.redirect_stdout(nowhere),
    ):
        run = Run(folder / "run")
        if told:
            with zipfile.ZipFile(io.BytesIO(told)) as file:
                file.extractall(run.path)
        yield dataclasses.replace(plan, run=run, runs=folder)
    sys.stdout.flush()
