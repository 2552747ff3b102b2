"""After the search: the best recipes trained anew, compared, and shown."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from kpoc.comparing.compare import compare
from kpoc.ground.csv_files import csv_for_people
from kpoc.ground.files import atomic
from kpoc.ground.text import say, this_command
from kpoc.runs.run import Run
from kpoc.version import __version__
from tuning.folder import Record
from tuning.recipes import recipe_for, write_recipe
from tuning.report.page import write_search_page
from tuning.report.subject import Finished, Retrained, Side
from tuning.search import best_epoch
from tuning.tune import Prepared, ranked

CONTENDERS = 2
"""How many of the best trials are trained anew."""


def finish(
    prepared: Prepared,
    *,
    seeds: int = 3,
    data: str | Path | None = None,
    runs: str | Path = "runs",
    images: bool = True,
) -> Finished:
    """Trains the best recipes with fresh seeds, compares them, writes the page.

    Args:
        prepared: The search; it has come to its end.
        seeds: Fresh seeds for each side; 0 for no comparison.
        data: Where the images lie; by default `$KPOC_DATA`.
        runs: The folder of all runs.
        images: Show test images on the page of the comparison.

    Returns:
        What is on the page.

    Raises:
        TrainingsFailed: Lists the trainings that failed; the others are kept.
    """
    folder = prepared.folder
    records = folder.records()
    order = ranked(records, prepared.objective)
    sides = _sides(prepared, order)
    comparison, retrained = None, []
    if seeds and len(sides) > 1:
        first = prepared.recipe.seed + 1
        say(f"\ntraining {len(sides)} recipes anew, each with {seeds} fresh seeds")
        comparison = compare(
            [side.file for side in sides],
            seeds=range(first, first + seeds),
            data=data,
            runs=runs,
            out=folder.path / "comparison",
            images=images,
        )
        content = comparison.to_dict()
        retrained = [
            Retrained(
                side.recipe,
                side.file,
                side.trial,
                numbers_on_validation(prepared, content, side.name),
                numbers_on_test(prepared, content, side.name),
            )
            for side in sides
        ]
    finished = Finished(
        recipe=prepared.recipe,
        source=prepared.source,
        space=prepared.space,
        objective=prepared.objective,
        method=prepared.method,
        definition=prepared.definition,
        records=records,
        ranked=order,
        sides=sides,
        retrained=retrained,
        comparison=comparison,
        folder=folder.path,
        command=this_command(),
        created=datetime.datetime.now().astimezone().isoformat(timespec="seconds"),
        version=__version__,
    )
    _write_table(records, folder.path / "trials.csv")
    write_search_page(finished, folder.path)
    return finished


def _sides(prepared: Prepared, order: Sequence[Record]) -> list[Side]:
    """The recipe itself, whether or not a trial was it, and the best others."""
    recipe, start = prepared.recipe, prepared.settings.start
    folder = prepared.folder.path / "recipes"
    itself = next((one for one in order if one.levels == start), None)
    sides = [Side(recipe, write_recipe(recipe, folder / "recipe.yaml"), itself)]
    others = [one for one in order if one.levels != start][:CONTENDERS]
    for place, record in enumerate(others, start=1):
        tuned = recipe_for(
            recipe,
            prepared.space,
            record.levels,
            name=f"{recipe.name}-tuned-{place}",
            description=f"{recipe.name}, trial {record.number + 1} of a search",
        )
        file = write_recipe(tuned, folder / f"tuned-{place}.yaml")
        sides.append(Side(tuned, file, record))
    return sides


def numbers_on_validation(
    prepared: Prepared, content: Mapping[str, Any], side: str
) -> list[float]:
    """The number of each training of a side on its validation rows.

    Args:
        prepared: The search.
        content: The comparison.
        side: The name of the side.
    """
    [of_side] = [one for one in content["sides"] if one["name"] == side]
    return [_of_run(prepared, Run(path)) for path in of_side["runs"]]


def _of_run(prepared: Prepared, run: Run) -> float:
    rows = run.history.to_dict(orient="records")
    kept = rows[best_epoch(rows, run.recipe) - 1]
    goals = prepared.objective.goals
    return prepared.objective.number(
        {goal.name: kept[run.recipe.log_name(goal.name)] for goal in goals}
    )


def numbers_on_test(
    prepared: Prepared, content: Mapping[str, Any], side: str
) -> list[float]:
    """The number of each training of a side on the test rows; see above."""
    by_goal = {}
    for row in content["scores"]:
        if row["side"] == side and row["group"] is None:
            by_goal[f"{row['target']}.{row['metric']}"] = row["per_seed"]
    goals = [goal.name for goal in prepared.objective.goals]
    seeds = range(len(by_goal[goals[0]]))
    return [
        prepared.objective.number({name: by_goal[name][seed] for name in goals})
        for seed in seeds
    ]


def _write_table(records: Sequence[Record], path: Path) -> None:
    """All trials as a table: what was drawn and what the search saw of it."""
    rows = [
        {
            "trial": one.number + 1,
            "status": one.status,
            "search_score": one.score,
            **{f"search {name}": value for name, value in one.figures.items()},
            "epochs": one.epochs,
            "best_epoch": one.best_epoch,
            "stopped": one.stopped,
            "seconds": one.seconds,
            **one.levels,
            "reason": one.reason,
        }
        for one in records
    ]
    with atomic(path) as part:
        part.write_text(csv_for_people(pd.DataFrame(rows)), encoding="utf-8")
