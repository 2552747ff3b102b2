"""Predictions of a run that is asked otherwise than trained, kept in its directory.

They lie beside those of its training, under names that say how it was asked; what that
costs stands in `inference` of its `run.json`.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from kpoc.ground.errors import UserError
from kpoc.ground.files import atomic
from kpoc.ground.keras_settings import recipe_settings
from kpoc.ground.text import say
from kpoc.pictures.listed import find_all_listed, image_folders
from kpoc.recipe.inference import Inference
from kpoc.runs.run import Run, RunError

if TYPE_CHECKING:
    from kpoc.batches.rows import Rows
    from kpoc.inference.predictor import Predictor

SPLITS = ("validation", "test")


class ImagesMissing(UserError, ValueError):
    """Images of a run that are not where they were, or are others."""


def is_kept(run: Run, inference: Inference) -> bool:
    """Whether a run has all predictions of this kind; those of its training it has."""
    asked = inference.beside(run.recipe.image_size)
    if asked is None:
        return True
    files = [run.predictions_file(split, str(asked)) for split in SPLITS]
    noted = run.info.get("inference") or {}
    return str(asked) in noted and all(file.is_file() for file in files)


@recipe_settings()
def keep_predictions(
    run: Run, inference: Inference, data: str | Path | None = None
) -> None:
    """Predicts the validation and test rows of a finished run, unless that is done.

    Args:
        run: The run.
        inference: How it is asked.
        data: Where the images lie now, if that is not where they were trained on; by
            default `$KPOC_DATA`.

    Raises:
        ImagesMissing: Lists them.
        ValueError: The model does not take that image size; says which would do.
    """
    from kpoc.inference.predictor import Predictor

    while not is_kept(run, inference):
        try:
            run.hold()
        except RunError:
            run.wait()
            continue
        try:
            asked = inference.beside(run.recipe.image_size)
            # first, since it may refuse the size
            predictor = Predictor.of(run, asked)
            cost = _keep(run, predictor, str(asked), data)
            noted = run.info.get("inference") or {}
            run.write(inference={**noted, str(asked): cost})
        finally:
            run.release()


def _keep(run: Run, predictor: Predictor, label: str, data: str | Path | None) -> dict:
    manifest, batch = run.manifest, run.recipe.batch_size
    root = manifest.root
    # nothing of the images is shown, so where the run says that they lie will do
    places = [*([root] if root else []), *image_folders(manifest, data)]
    found = {split: find_all_listed(manifest.rows(split), places) for split in SPLITS}
    if problems := [each for _, several in found.values() for each in several]:
        raise ImagesMissing(
            f"the images of {run.path} must lie where they were in training, or in "
            "--data DIR. Received:\n- " + "\n- ".join(problems)
        )
    cost: dict[str, object] = {}
    for split, (paths, _) in found.items():
        say(f"{run.path}: predicting {len(paths)} {split} rows, {label}")
        ids = manifest.column(split, "id")
        predicted = predictor.predict(ids, _decoded(predictor.rows(paths)), batch)
        with atomic(run.predictions_file(split, label)) as part:
            predicted.table.to_parquet(part, index=False)
        cost["evaluation_seconds"] = predicted.seconds
    return {**cost, "latency_ms": predictor.latency_ms()}


def _decoded(rows: Rows) -> Rows:
    """The rows with their images in memory, where they fit, so that these cost none."""
    from kpoc.batches.pipeline import fits_in_memory, load_pixels

    if not fits_in_memory(len(rows), rows.image_size):
        return rows
    return dataclasses.replace(rows, pixels=load_pixels(rows.paths, rows.image_size))
