"""Weights of the training rows in the losses of a recipe."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kpoc.ground.schema import nearest
from kpoc.losses import class_weights
from kpoc.recipe import Recipe

if TYPE_CHECKING:
    from kpoc.protocols.manifest import Manifest


def row_weights(recipe: Recipe, manifest: Manifest) -> dict[str, np.ndarray] | None:
    """One weight a training row for each target, as `fit` takes them.

    A row of class c weighs `w_c` of `kpoc.losses.class_weights`, counted on the
    training rows of the column that the target's `weighting` names, and scaled so that
    the rows weigh 1 on average: the balance between the targets stays the recipe's.

    Returns:
        By target float32 weights (n,), ones where a target is not weighted; None if
        none is.

    Raises:
        ValueError: `by` names no class column.
    """
    targets = recipe.task.targets
    if not any(target.weighting for target in targets.values()):
        return None
    number = manifest.counts["train"]
    weights = {name: np.ones(number, "float32") for name in targets}
    for name, target in targets.items():
        if target.weighting:
            by = target.weighting.by or name
            classes = _classes(f"task.targets.{name}.weighting.by", by, manifest)
            weights[name] = _weights(
                target.weighting, manifest.column("train", by), classes
            )
    return weights


def _classes(key: str, by: str, manifest: Manifest) -> list[str]:
    known = {k: rule.classes for k, rule in manifest.columns.items() if rule.classes}
    if by not in known:
        raise ValueError(
            f"`{key}` must be a class column of the manifest. {nearest(by, known)} "
            f"Received: {by!r}"
        )
    return known[by]


def _weights(weighting, column, classes: list[str]) -> np.ndarray:
    # a class that no training row has (a band of a small dataset) needs no weight
    present = [name for name in classes if (column == name).any()]
    codes = np.array([present.index(value) for value in column])
    if len(present) == 1:
        return np.ones(len(codes), "float32")
    options = {"beta": weighting.beta} if weighting.scheme != "balanced" else {}
    counts = np.bincount(codes, minlength=len(present))
    weights = class_weights(counts, weighting.scheme, **options)[codes]
    return (weights / weights.mean()).astype("float32")
