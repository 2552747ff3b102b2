"""Step `split`: divide what is left into train and validation."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import pydantic

from kpoc.protocols.step import (
    Context,
    Outcome,
    Step,
    cells_of,
    register_step,
    require_sizes,
    share_of,
)
from kpoc.protocols.together import choose_rows

Fraction = Annotated[float, pydantic.Field(gt=0.0, lt=1.0)]


@register_step("split")
class Split(Step):
    """Divides the rows without a split, each cell in the same proportion.

    In a cell of n rows the round(`validation` n) with the lowest hashes become
    validation rows (halves are rounded up), so m missing files of a cell move at most
    m others of that cell.

    Attributes:
        train: Share of the train rows.
        validation: Share of the validation rows; the two add up to 1.
        stratify: The columns whose combinations are the cells.
        minimum: What every cell must give to both splits. With 0, a cell too small
            to be divided goes where rounding sends it.
        together: Column of persons, objects or videos that must not be torn apart:
            whole groups of rows go to one side, and the shares are met as nearly as
            groups allow (`kpoc.protocols.together`).
    """

    train: Fraction
    validation: Fraction
    stratify: Annotated[list[str], pydantic.Field(min_length=1)]
    minimum: Annotated[int, pydantic.Field(ge=0)] = 1
    together: str | None = None

    @pydantic.model_validator(mode="after")
    def _add_up(self) -> Split:
        if abs(self.train + self.validation - 1.0) > 1e-9:
            raise ValueError(
                "`train` and `validation` must add up to 1. Received: "
                f"{self.train:g} + {self.validation:g}"
            )
        return self

    def apply(self, frame, context: Context) -> Outcome:
        """See `Step.apply`."""
        free = frame[frame["split"] == ""]
        cells = cells_of(free, self.stratify)
        sizes = context.cell_sizes(free, cells, self.stratify)
        require_sizes(sizes, self._least(), "the split")
        quota = {
            cell: int(share_of(self.validation, size)) for cell, size in sizes.items()
        }
        validation = choose_rows(
            free, cells, quota, context, self.together, each=self.minimum > 0
        )
        frame = frame.copy()
        frame.loc[free.index, "split"] = np.where(validation, "validation", "train")
        return Outcome(frame, notes={"cells": len(sizes)})

    def _least(self) -> int:
        """The smallest cell that gives `minimum` rows to each side."""
        rows = 0
        while True:
            second = int(share_of(self.validation, rows))
            if min(second, rows - second) >= self.minimum:
                return rows
            rows += 1
