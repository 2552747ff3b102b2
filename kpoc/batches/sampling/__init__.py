"""In which order, and how often, training rows are shown: one way to draw them a file.

A way is a schema (its parameters) with `draw`, registered under the name that recipes
use. Rows are drawn by their numbers, so nothing is copied. Other than `resampling`, it
leaves the training rows what they are: labels are counted, and weights made, on them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import pydantic

from kpoc.ground.registry import Registry
from kpoc.ground.schema import Component, SchemaError, Strict, nearest, validate
from kpoc.protocols.manifest import Manifest


class Sampling(Strict):
    """Base of all ways; the fields of a subclass are its parameters.

    Attributes:
        by: Class columns, targets or groups. Each combination of their classes that
            training rows have is a cell.
    """

    by: Annotated[list[str], pydantic.Field(min_length=1)]

    def draw(self, cells: Sequence[np.ndarray], rng: np.random.Generator) -> np.ndarray:
        """The rows of an epoch in their order.

        Args:
            cells: The row numbers of each cell.
            rng: The source of chance of this epoch.

        Returns:
            As many row numbers as there are rows, int64.
        """
        raise NotImplementedError


SAMPLINGS: Registry[type[Sampling]] = Registry("sampling", "kpoc.batches.sampling")
register_sampling = SAMPLINGS.register


@dataclass(frozen=True)
class Sampler:
    """A way to draw the rows of a manifest's train split.

    Attributes:
        sampling: The way.
        cells: The row numbers of each cell.
    """

    sampling: Sampling
    cells: tuple[np.ndarray, ...]

    def order(self, seed: int, epoch: int) -> np.ndarray:
        """The rows of an epoch, a function of seed and epoch alone.

        Returns:
            As many row numbers as there are rows, int64.
        """
        # 0 is that of `kpoc.batches.order.epoch_order`
        return self.sampling.draw(self.cells, np.random.default_rng([seed, epoch, 1]))


def make_sampler(component: Component | None, manifest: Manifest) -> Sampler | None:
    """The sampler that a recipe's `sampling` names; None if it names none.

    Raises:
        SchemaError: Unknown name, or parameters that it does not take.
        ValueError: `by` names no class columns.

    Example:
        In a recipe: `sampling: {name: balanced, by: [gender, ethnicity]}`
    """
    if component is None:
        return None
    where = f"`sampling` {component.name}"
    kind = SAMPLINGS.get(component.name)
    sampling = validate(kind, component.params, where)
    known = [name for name, rule in manifest.columns.items() if rule.classes]
    if unknown := [name for name in sampling.by if name not in known]:
        raise SchemaError(
            f"{where}: `by` must hold class columns of the manifest. "
            f"{' '.join(nearest(name, known) for name in unknown)} Received: {unknown}"
        )
    if len(set(sampling.by)) < len(sampling.by):
        raise SchemaError(
            f"{where}: `by` must hold each column once. Received: {sampling.by}"
        )
    rows = manifest.rows("train")
    numbers = rows.groupby(sampling.by, sort=True).indices
    return Sampler(sampling, tuple(numbers[cell] for cell in sorted(numbers)))
