"""Figures of one training on its validation rows, from its run directory.

Test rows are not read here: they are scored by comparisons alone.
"""

import os
from typing import Any

import pandas as pd

from kpoc.evaluation import predictions
from kpoc.evaluation.bootstrap import Block, Joint
from kpoc.evaluation.calibration import chance_error
from kpoc.evaluation.cells import plan, read_targets, true_values
from kpoc.evaluation.content import jsonable
from kpoc.evaluation.parts.calibration import FIGURES
from kpoc.evaluation.temperature import fit_temperature
from kpoc.protocols.manifest import Manifest
from kpoc.runs.run import Run


def validation_figures(folder: str | os.PathLike, manifest: Manifest) -> dict[str, Any]:
    """Scores and calibration of a run on its validation rows, without intervals.

    Args:
        folder: A run directory with predictions of the validation rows.
        manifest: Its manifest.

    Returns:
        `scores`, rows as in a comparison with one side whose ends are None, and
        `calibration`, by target with classes the four figures, what chance makes of
        the first, and the temperature fitted on these rows.

    Raises:
        ValueError: If predictions or rows are not as they must be.
    """
    run = Run(folder)
    recipe = run.recipe.to_dict()
    frame = manifest.rows("validation")
    table = predictions.read(run.predictions_file("validation"))
    task = recipe["task"]
    primary = tuple(recipe["primary"].split(".", 1))
    targets, _ = read_targets(task["targets"], primary)
    classes = {name: target["classes"] for name, target in targets.items()}
    given = predictions.align(table, frame["id"].astype(str), classes)
    truth = {name: true_values(frame[name], of) for name, of in classes.items()}
    return jsonable(
        {
            "scores": _scores(targets, truth, given, frame, task.get("groups") or []),
            "calibration": {
                name: {
                    **{s.name: float(s(truth[name], given[name])) for s in FIGURES},
                    "chance": chance_error(given[name]),
                    "temperature": fit_temperature(truth[name], given[name]),
                }
                for name, of in classes.items()
                if of
            },
        }
    )


def _scores(
    targets: dict, truth: dict, given: dict, frame: pd.DataFrame, groups: list[str]
) -> list[dict[str, Any]]:
    blocks: list[Block | Joint] = []
    cells = plan(blocks, targets, truth, [given], frame, groups)
    rows = []
    for cell in cells:
        block = blocks[cell.block]
        found = block.finishes[cell.finish](block.statistics.sum(axis=0, dtype=float))
        rows.append(
            {
                "target": cell.target,
                "metric": cell.score.name,
                "better": cell.score.better,
                "unit": cell.unit,
                "group": cell.group,
                "level": cell.level,
                "n": cell.n,
                "estimate": found.reshape(-1)[cell.part],
                "low": None,
                "high": None,
            }
        )
    return rows
