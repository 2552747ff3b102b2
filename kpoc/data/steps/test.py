"""Step `test`: draw the test rows, the same number from every cell."""

from __future__ import annotations

from typing import Annotated

import pydantic

from kpoc.data.step import (
    Context,
    Outcome,
    Step,
    cells_of,
    register_step,
    require_sizes,
)


@register_step("test")
class DrawTest(Step):
    """Puts `rows` rows of each cell into the test split.

    In each cell these are the rows with the lowest hashes, so m missing files of a
    cell move at most m others of that cell into the test. The cell's name becomes the
    rows' `stratum`, within which comparisons resample.

    Attributes:
        rows: Number of rows a cell.
        by: The columns whose combinations are the cells.
    """

    rows: Annotated[int, pydantic.Field(ge=1)]
    by: Annotated[list[str], pydantic.Field(min_length=1)]

    def apply(self, frame, context: Context) -> Outcome:
        """See `Step.apply`."""
        free = frame[frame["split"] == ""]
        cells = cells_of(free, self.by)
        sizes = context.cell_sizes(free, cells, self.by)
        require_sizes(sizes, self.rows, "the test")
        drawn = free.index[context.ranks(free, cells) < self.rows]
        frame = frame.copy()
        frame.loc[drawn, "split"] = "test"
        frame.loc[drawn, "stratum"] = cells[drawn]
        return Outcome(frame, notes={"cells": len(sizes)})
