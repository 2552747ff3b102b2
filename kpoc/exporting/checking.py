"""Whether an exported model predicts what `kpoc predict` does, on real images."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kpoc.ground.errors import UserError
from kpoc.inference.predict import predict
from kpoc.pictures.decode import read_image
from kpoc.pictures.listed import find_all_listed, image_folders

if TYPE_CHECKING:
    from kpoc.recipe import Target
    from kpoc.runs.run import Run

TOLERANCE = 2e-3
"""Largest difference of a probability, and of a value as a share of its range."""

_JUDGED_BY = {"same_pixels": "max_difference", "own_size": "mean_difference"}
"""Kinds of images, and what must be within the tolerance.

Images of the model's own size go through unresized: the same pixels, so that only the
arithmetic differs, in any row. Images as they are stored are resized by each format,
which may round a grey level that lies half-way the other way. For that a model that is
sure may move a single row by 0.03 (MobileNetV3-Small on faces, from 200 to 160 px), but
the rows on average by 0.0005; a resize that is not antialiased moves them all.
"""


class ExportError(UserError, ValueError):
    """An export that cannot be made, or is not as good as the run."""


@dataclass(frozen=True)
class Samples:
    """Images of a run's validation split, and what `kpoc predict` makes of them.

    Attributes:
        stored: Images of their own size, each (1, H, W, 3) uint8.
        resized: The same as the pipeline resizes them, each (1, S, S, 3) uint8.
        expected: Predictions by target, (n,) or (n, K).
    """

    stored: list[np.ndarray]
    resized: list[np.ndarray]
    expected: dict[str, np.ndarray]

    def __len__(self) -> int:
        return len(self.stored)


def draw_samples(run: Run, rows: int, data: str | Path | None = None) -> Samples:
    """Takes rows at even distances from the validation split.

    Args:
        run: A finished run.
        rows: How many at most.
        data: Where the images lie now, if that is not where they were trained on; by
            default `$KPOC_DATA`.

    Raises:
        ExportError: There are no such images, or they are not those of the training.
        RunError: The run is not finished.
    """
    from kpoc.batches.pipeline import load_pixels

    if rows < 1:
        raise ExportError(f"`rows` must be at least 1. Received: {rows}")
    table = run.manifest.rows("validation")
    chosen = np.linspace(0, len(table) - 1, min(rows, len(table))).round().astype(int)
    root = run.manifest.root
    # nothing of the images is shown, so where the run says that they lie will do
    places = [*([root] if root else []), *image_folders(run.manifest, data)]
    paths = _find(table.iloc[chosen], places)
    predictions, _ = predict(run, paths)
    recipe = run.recipe
    return Samples(
        stored=[read_image(path)[None] for path in paths],
        resized=list(load_pixels(paths, recipe.image_size)[:, None]),
        expected={
            name: predictions[_columns(name, target)].to_numpy()
            for name, target in recipe.task.targets.items()
        },
    )


def _find(rows, places: list[Path]) -> list[Path]:
    found, problems = find_all_listed(rows, places)
    if problems:
        raise ExportError(
            "what is exported is checked on the run's validation images, which must "
            "lie where they were in training, or in --data DIR. Received:\n- "
            + "\n- ".join(problems)
        )
    return found


def _columns(name: str, target: Target) -> str | list[str]:
    if target.kind == "regression":
        return name
    return [f"{name}.{label}" for label in target.classes]


def check(
    samples: Samples,
    targets: Mapping[str, Target],
    exported: Callable[[np.ndarray], Mapping[str, np.ndarray]],
) -> dict[str, dict]:
    """Compares an exported model with what is expected.

    Returns:
        For images of the model's size (`same_pixels`) and as they are stored
        (`own_size`), by target: `max_difference` and `mean_difference` of the rows,
        absolute, of a row's probabilities the largest; and for classes `equal_class`,
        the share of rows with the same likeliest class.

    Raises:
        ExportError: A difference is larger than `TOLERANCE`, of `same_pixels` the
            largest of all rows, of `own_size` their mean; lists all of them.
    """
    report, problems = {}, []
    images = {"same_pixels": samples.resized, "own_size": samples.stored}
    for kind, judged_by in _JUDGED_BY.items():
        outputs = [exported(image) for image in images[kind]]
        report[kind] = {}
        for name, target in targets.items():
            expected = samples.expected[name]
            got = np.concatenate([np.asarray(each[name]) for each in outputs])
            if got.shape != expected.shape:
                raise ExportError(
                    f"{name} must have the shape {expected.shape}. "
                    f"Received: {got.shape}"
                )
            found = _compare(target, expected, got)
            report[kind][name] = found
            low, high = target.range or (0.0, 1.0)
            allowed = TOLERANCE * (high - low)
            # `not <=`: a difference that is not a number is one
            if not found[judged_by] <= allowed:
                what = (
                    f"{kind.replace('_', ' ')}, {judged_by.removesuffix('_difference')}"
                )
                problems.append(
                    f"{name} ({what}): by {found[judged_by]:.3g}, allowed {allowed:.3g}"
                )
    if problems:
        raise ExportError(
            "its predictions differ from those of `kpoc predict`: "
            + "; ".join(problems)
        )
    return report


def _compare(target: Target, expected: np.ndarray, got: np.ndarray) -> dict:
    rows = np.abs(expected - got).reshape(len(expected), -1).max(axis=1)
    found = {
        "max_difference": float(rows.max()),
        "mean_difference": float(rows.mean()),
    }
    if target.kind != "regression":
        same = expected.argmax(axis=1) == got.argmax(axis=1)
        found["equal_class"] = float(same.mean())
    return found
