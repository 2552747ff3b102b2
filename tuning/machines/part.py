"""What a process does in a search, by its place."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from pathlib import Path

from kpoc.ground.lifeline import end_with_parent
from tuning.folder import Record
from tuning.machines.chief import LEASE, serve
from tuning.machines.place import Place
from tuning.machines.work import lead, work
from tuning.tune import JOB, Prepared, search


def take_part(
    prepared: Prepared,
    place: Place | None,
    command: Sequence[str],
    *,
    data: str | Path | None = None,
    job: str = JOB,
    environment: Mapping[str, str] | None = None,
    lease: float = LEASE,
) -> list[Record] | None:
    """Searches, alone or as one of several.

    Args:
        prepared: What `prepare` gives.
        place: Which one of several; None for alone.
        command: What starts a worker on this host: the command of this process.
        data: Where the images lie; by default `$KPOC_DATA`.
        job: What a training process does for a trial.
        environment: Variables of the training processes.
        lease: Seconds after which a worker that is silent counts as gone.

    Returns:
        What all trials gave, in their order; None for a worker, which leaves what
        follows to the chief.
    """
    training = {"data": data, "job": job, "environment": environment}
    if place is None:
        return search(prepared, **training)
    if place.is_chief:
        served = functools.partial(serve, place=place, command=command, lease=lease)
        return search(prepared, serve=served)
    if place.crew:
        lead(place, command, prepared.folder.path)
        return None
    end_with_parent()
    work(prepared, place, **training)
    return None
