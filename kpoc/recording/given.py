"""Predictions as a user has them, in the documented form or as arrays."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from kpoc.evaluation import predictions
from kpoc.evaluation.predictions import columns_of
from kpoc.ground.errors import UserError
from kpoc.recipe.recorded import RecordedTarget


class RecordingError(UserError, ValueError):
    """What a recording was given cannot be recorded, or it lacks something."""


def as_table(
    given: Any,
    ids: Sequence[str],
    targets: Mapping[str, RecordedTarget],
    split: str,
) -> pd.DataFrame:
    """Predictions of all rows of a split, in the manifest's order.

    Args:
        given: A table in the documented form or its file, or arrays by target in the
            order of the rows.
        ids: (n,) ids of the rows.
        targets: The targets by name.
        split: What the rows are called in errors.

    Raises:
        RecordingError: With all that is wrong.
    """
    classes = {name: target.classes for name, target in targets.items()}
    if isinstance(given, Mapping):
        frame, wrong = _of_arrays(given, ids, classes)
    else:
        frame, wrong = _read(given), []
    wrong = wrong or predictions.problems(frame, ids, classes, split)
    if wrong:
        raise RecordingError(
            f"`given` must be predictions of all {split} rows. Received: "
            + "; ".join(wrong)
        )
    aligned = predictions.align(frame, ids, classes)
    columns = {"id": list(ids)}
    for name, of in classes.items():
        values = aligned[name].reshape(len(ids), -1)
        columns |= dict(zip(columns_of(name, of), values.T, strict=True))
    return pd.DataFrame(columns)


def _read(given: Any) -> pd.DataFrame:
    if isinstance(given, str | os.PathLike):
        return predictions.read(given)
    if not isinstance(given, pd.DataFrame):
        raise RecordingError(
            "`given` must be a table of predictions, the path of one, or a mapping of "
            f"targets to arrays. Received: {type(given).__name__}"
        )
    frame = given.reset_index() if given.index.name == "id" else given
    return frame.assign(id=frame["id"].astype(str)) if "id" in frame else frame


def _of_arrays(
    given: Mapping[str, Any],
    ids: Sequence[str],
    classes: Mapping[str, Sequence[str] | None],
) -> tuple[pd.DataFrame, list[str]]:
    wrong = [f"{name!r} is no target" for name in given if name not in classes]
    columns = {"id": list(ids)}
    for name, of in classes.items():
        if name not in given:
            wrong.append(f"there is none of the target {name!r}")
            continue
        values, width = np.asarray(given[name], "float64"), len(of or [0])
        shape = values.shape
        if width == 2 and shape in ((len(ids),), (len(ids), 1)):  # noqa: PLR2004
            values = values.reshape(-1, 1)
            values = np.concatenate([1 - values, values], axis=1)
        if values.shape not in ((len(ids), width), (len(ids),) * (width == 1)):
            form = f"({len(ids)}, {width})" if of else f"({len(ids)},)"
            wrong.append(f"{name!r} must have the shape {form}, not {shape}")
            continue
        values = values.reshape(len(ids), width)
        columns |= dict(zip(columns_of(name, of), values.T, strict=True))
    return pd.DataFrame(columns), wrong
