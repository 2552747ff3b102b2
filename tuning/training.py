"""The job of a worker: one trial, a training that reads no test row."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kpoc.protocols.manifest import Manifest
from kpoc.recipe import Recipe, load_recipe
from kpoc.runs.run import TRIED, Run
from kpoc.training.plan import Plan, make_plan, task_rows

if TYPE_CHECKING:
    from kpoc.training.watching import Watch

_KEPT: dict[tuple, Manifest] = {}


def train_trial(request: Mapping[str, Any], watch: Watch) -> dict[str, Any]:
    """Trains the recipe of a trial; goes on with it if it was interrupted.

    Args:
        request: `recipe`, the path of its file; `folder`, where it is trained; `data`,
            where the images lie.
        watch: Asked after each epoch whether to go on.

    Returns:
        `cost`, `best_epoch` and `xla`, as `run.json` has them.
    """
    # after the worker has said where its words go
    from kpoc.training.backend import start_quietly

    start_quietly()

    from kpoc.training.train import train_plan

    recipe = load_recipe(request["recipe"])
    run = Run(request["folder"])
    plan = trial_plan(recipe, run, request["data"])
    if run.info.get("status") != TRIED:
        train_plan(plan, resume=run.checkpoint.is_file(), watch=watch)
    else:
        watch(run.history.to_dict(orient="records"))
    return {name: run.info[name] for name in ("cost", "best_epoch", "xla")}


def trial_plan(recipe: Recipe, run: Run, data: str | Path | None) -> Plan:
    """A plan whose manifest has no test rows."""

    def rows(one: Recipe) -> Manifest:
        key = (one.task.protocol, one.unreadable, data)
        if key not in _KEPT:
            _KEPT[key] = task_rows(one, data)
        return _KEPT[key]

    plan = make_plan(recipe, data=data, rows=rows)
    table = plan.manifest.table
    without_test = Manifest(table[table["split"] != "test"], plan.manifest.meta)
    return dataclasses.replace(plan, manifest=without_test, run=run)
