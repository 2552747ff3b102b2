"""Sampling `balanced`: every cell is shown equally often."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kpoc.batches.sampling import Sampling, register_sampling


@register_sampling("balanced")
class Balanced(Sampling):
    """Shows the cells in turns, in another order in each round.

    So a batch holds every cell equally often, but for one row. An epoch has as many
    rows as without sampling: of a large cell it shows a part, another one in each
    epoch; the rows of a small one come again once all of its rows were shown.

    Attributes:
        by: See `Sampling`.

    Example:
        In a recipe: `sampling: {name: balanced, by: [gender, ethnicity]}`
    """

    def draw(self, cells: Sequence[np.ndarray], rng: np.random.Generator) -> np.ndarray:
        """See `Sampling.draw`."""
        number = sum(map(len, cells))
        rounds = np.tile(np.arange(len(cells)), (-(-number // len(cells)), 1))
        turns = rng.permuted(rounds, axis=1).ravel()[:number]
        places = np.argsort(turns, kind="stable")
        counts = np.bincount(turns, minlength=len(cells))
        order = np.empty(number, np.int64)
        parts = np.split(places, np.cumsum(counts)[:-1])
        for rows, part in zip(cells, parts, strict=True):
            again = -(-len(part) // len(rows))
            shown = [rng.permutation(rows) for _ in range(again)]
            order[part] = np.concatenate(shown)[: len(part)]
        return order
