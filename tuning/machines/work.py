"""A worker, or a host's crew of workers, from the first call to the last."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from kpoc.ground.text import say
from tuning.compilation import cache_environment
from tuning.display import Display
from tuning.machines.crew import Crew
from tuning.machines.far_oracle import PATIENCE, FarOracle
from tuning.machines.place import Place
from tuning.search import Search
from tuning.tune import JOB, Prepared
from tuning.worker import Worker

_LOOK = 0.2


def work(
    prepared: Prepared,
    place: Place,
    *,
    data: str | Path | None = None,
    job: str = JOB,
    environment: Mapping[str, str] | None = None,
    patience: float = PATIENCE,
) -> None:
    """Runs trials that the chief gives until it has no more.

    Args:
        prepared: The search, which must be the chief's.
        place: The worker's name and the chief's address.
        data: Where the images lie; by default `$KPOC_DATA`.
        job: What the training process does for a trial.
        environment: Variables of the training process.
        patience: Seconds for which the chief may be out of reach.

    Raises:
        SchemaError: The chief searches for something else; lists the differences.
        ChiefGone: It is not reached.
        TokenRefused: This process does not know its token.
    """
    folder = prepared.folder
    say(f"{place.name} asks the chief at {place.address} for up to {patience:g} s")
    variables = {**cache_environment(folder.path), **(environment or {})}
    with (
        FarOracle(place, prepared.definition, patience, folder=folder.path) as oracle,
        Worker(job, variables) as worker,
    ):
        oracle.on_lost = worker.abandon
        oracle.join()
        folder.define(prepared.definition)
        display = Display(prepared.objective, prepared.settings.trials)
        display.begin()
        kept, name = oracle.keep, oracle.worker
        Search(prepared, oracle, worker, display, kept, data, name).run()
    say("the search is done; the chief makes its page")


def lead(place: Place, command: Sequence[str], folder: Path) -> None:
    """Starts workers on this host for a chief elsewhere, until they have ended.

    Raises:
        CrewError: One cannot work; says why.
    """
    say(f"{place.crew} workers of the chief at {place.address}")
    with Crew(place, place.port, command, folder) as crew:
        while crew.is_working:
            time.sleep(_LOOK)
            for name in crew.tend():
                say(f"{name} was killed; it is started again")
