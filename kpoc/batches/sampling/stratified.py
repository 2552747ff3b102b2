"""Sampling `stratified`: every batch is made up as the training rows are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kpoc.batches.sampling import Sampling, register_sampling


@register_sampling("stratified")
class Stratified(Sampling):
    """Shows each row once an epoch, the rows of a cell evenly spread over it.

    The j-th of the m rows of a cell, in random order, stands at (j + u) / m of the
    epoch, u being random for the cell.

    Attributes:
        by: See `Sampling`.

    Example:
        In a recipe: `sampling: {name: stratified, by: [breed]}`
    """

    def draw(self, cells: Sequence[np.ndarray], rng: np.random.Generator) -> np.ndarray:
        """See `Sampling.draw`."""
        shuffled = [rng.permutation(rows) for rows in cells]
        starts = rng.random(len(cells))
        places = [
            (np.arange(len(rows)) + start) / len(rows)
            for rows, start in zip(cells, starts, strict=True)
        ]
        order = np.argsort(np.concatenate(places), kind="stable")
        return np.concatenate(shuffled)[order].astype(np.int64)
