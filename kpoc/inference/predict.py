"""Predictions for images that are in no manifest."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kpoc.ground.keras_settings import recipe_settings
from kpoc.ground.text import align, visible, visible_json
from kpoc.pictures.found_images import describe_passed_over, find_images
from kpoc.pictures.paths import (
    IMAGE_SUFFIXES,
    LEADS_OUT,
    LINKS_REMEDY,
    NO_UTF8,
    Links,
    printable,
)
from kpoc.runs.run import Run, RunError

if TYPE_CHECKING:
    import pandas as pd

    from kpoc.recipe import Target
    from kpoc.recipe.inference import Inference

BATCH = 64


def finished_run(run: str | Path | Run) -> Run:
    """The run of a directory.

    Raises:
        RunError: It is not finished, or no run.
    """
    run = run if isinstance(run, Run) else Run(run)
    if not run.is_finished:
        raise RunError(
            f"`run` must be the directory of a finished run. Received: {run.path}, "
            f"status {run.info.get('status', 'none: not a run directory')}"
        )
    return run


@recipe_settings()
def predict(
    run: str | Path | Run,
    images: str | Path | Sequence[str | Path],
    *,
    inference: Inference | None = None,
    calibrate: bool = False,
    links: Links = "inside",
    say: Callable[[str], None] = lambda line: None,
) -> tuple[pd.DataFrame, list[tuple[str, str]]]:
    """Predicts images with a finished run.

    Args:
        run: A run or its directory.
        images: Image files, and folders whose images are taken, those below included:
            the ones that `kpoc data check` takes.
        inference: How the model is asked; by default as it was trained.
        calibrate: Scale the probabilities of each target by the temperature that fits
            the run's validation rows best; no answer changes.
        links: Which links below a folder are followed, as in
            `kpoc.pictures.paths.images_below`.
        say: Called with a line on what was passed over in folders, if there is any.

    Returns:
        A predictions table in the documented form, `id` being the path, and the
        images that cannot be read, with the reason.

    Raises:
        RunError: The run is not finished.
        ValueError: There are no images, or the model does not take that image size.

    Example:
        >>> table, unreadable = predict(
        ...     "runs/portraits/baseline/0123456789-seed0", ["photos/"]
        ... )  # doctest: +SKIP
    """
    run = finished_run(run)
    from kpoc.pictures.images import find_unreadable

    paths, refused = _image_paths(images, links, say)
    unreadable = find_unreadable(paths)
    bad = {path for path, _ in unreadable}
    good = [path for path in paths if str(path) not in bad]

    from kpoc.batches.targets import prediction_table
    from kpoc.inference.predictor import Predictor

    targets, ids = run.recipe.task.targets, [str(path) for path in good]
    if good:
        predictor = Predictor.of(run, inference)
        table = predictor.predict(ids, predictor.rows(good), BATCH).table
    else:
        nothing = {name: _no_output(target) for name, target in targets.items()}
        table = prediction_table(ids, targets, nothing)
    if calibrate:
        table = _scaled(table, run, inference)
    return table, refused + unreadable


def _scaled(table: pd.DataFrame, run: Run, inference: Inference | None) -> pd.DataFrame:
    from kpoc.evaluation import side_from_run_dirs
    from kpoc.evaluation.parts.calibration import temperatures
    from kpoc.evaluation.predictions import columns_of
    from kpoc.evaluation.temperature import scale

    side = side_from_run_dirs(run.recipe.name, [run.path], inference)
    if not side.validation:
        raise ValueError(
            "`calibrate` needs the run's predictions of its validation rows. Received: "
            f"none in {run.path}"
        )
    classes = {
        name: target.classes
        for name, target in run.recipe.task.targets.items()
        if target.classes
    }
    (fitted,) = temperatures(side, classes)
    for name, temperature in fitted.items():
        columns = columns_of(name, classes[name])
        table[columns] = scale(table[columns], temperature)
    return table


def _no_output(target: Target):
    import numpy as np

    return np.zeros((0, len(target.classes) if target.kind == "categorical" else 1))


def _image_paths(
    images: str | Path | Sequence[str | Path], links: Links, say: Callable[[str], None]
) -> tuple[list[Path], list[tuple[str, str]]]:
    """The files, and the images that are not read, each with the reason."""
    if isinstance(images, str | os.PathLike):
        images = [images]
    paths: list[Path] = []
    refused: list[tuple[str, str]] = []
    passed_over: list[tuple[str, str]] = []
    for given in map(Path, images):
        if given.is_dir():
            found = find_images(given, links)
            paths += [given / name for name in found.names]
            refused += [(str(given / one.path), one.reason) for one in found.refused]
            passed_over += found.passed_over
        else:
            paths.append(given)
    if passed_over:
        say(describe_passed_over(passed_over))
    led_out = LEADS_OUT in (why for _, why in (*refused, *passed_over))
    if not paths and not refused:
        raise ValueError(
            f"`images` must hold images ({', '.join(sorted(IMAGE_SUFFIXES))}). "
            f"Received: {[str(image) for image in images]}"
            + (f"; {LINKS_REMEDY}" if led_out else "")
        )
    if led_out:
        say(f"note: {LINKS_REMEDY}")
    named, odd = [], []
    for path in dict.fromkeys(paths):
        (named if printable(str(path)) == str(path) else odd).append(path)
    return named, refused + [(printable(str(path)), NO_UTF8) for path in odd]


def as_text(predictions: pd.DataFrame, run: str | Path | Run, form: str) -> str:
    """Predictions for people (`table`) or programs (`json`, `csv`)."""
    run = run if isinstance(run, Run) else Run(run)
    return _FORMS[form](predictions, run.recipe.task.targets)


def _as_csv(predictions: pd.DataFrame, targets: dict[str, Target]) -> str:
    # here, since pandas makes even an error of the command line wait
    from kpoc.ground.csv_files import csv_for_people

    return csv_for_people(predictions).rstrip("\n")


def _as_json(predictions: pd.DataFrame, targets: dict[str, Target]) -> str:
    rows = [
        {"path": row["id"], **{n: _value(row, n, t) for n, t in targets.items()}}
        for row in predictions.to_dict("records")
    ]
    return visible_json(json.dumps(rows, indent=1, ensure_ascii=False))


def _value(row: dict, name: str, target: Target) -> dict:
    if target.kind == "regression":
        return {"value": row[name], "unit": target.unit}
    chances = {label: row[f"{name}.{label}"] for label in target.classes}
    return {"class": max(chances, key=chances.get), "probabilities": chances}


def _as_table(predictions: pd.DataFrame, targets: dict[str, Target]) -> str:
    lines = [["image", *targets]]
    for row in predictions.to_dict("records"):
        cells = [visible(row["id"])]
        for name, target in targets.items():
            value = _value(row, name, target)
            if target.kind == "regression":
                cells.append(f"{value['value']:.1f} {target.unit or ''}".rstrip())
            else:
                chance = value["probabilities"][value["class"]]
                cells.append(f"{visible(value['class'])} {100 * chance:.0f} %")
        lines.append(cells)
    return align(lines)


_FORMS = {"csv": _as_csv, "json": _as_json, "table": _as_table}
