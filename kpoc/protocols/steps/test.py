"""Step `test`: draw the test rows, as many or the same share from every cell."""

from __future__ import annotations

from typing import Annotated

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


@register_step("test")
class DrawTest(Step):
    """Puts `rows` rows, or a `fraction`, of each cell into the test split.

    In each cell these are the rows with the lowest hashes, so m missing files of a
    cell move at most m others of that cell into the test. The cell's name becomes the
    rows' `stratum`, within which comparisons resample. With `together`, whole groups
    of rows go into the test, and the numbers are met as nearly as groups allow
    (`kpoc.protocols.together`).

    Attributes:
        rows: Number of rows a cell: a balanced test.
        fraction: Share of the rows of each cell, at least one: a test as the data are.
        by: The columns whose combinations are the cells.
        together: Column of persons, objects or videos that must not be torn apart.
    """

    rows: Annotated[int, pydantic.Field(ge=1)] | None = None
    fraction: Annotated[float, pydantic.Field(gt=0.0, lt=1.0)] | None = None
    by: Annotated[list[str], pydantic.Field(min_length=1)]
    together: str | None = None

    @pydantic.model_validator(mode="after")
    def _one_number(self) -> DrawTest:
        if (self.rows is None) == (self.fraction is None):
            raise ValueError(
                "either `rows` or `fraction` is needed. Received: "
                f"{self.rows} and {self.fraction}"
            )
        return self

    def apply(self, frame, context: Context) -> Outcome:
        """See `Step.apply`."""
        free = frame[frame["split"] == ""]
        cells = cells_of(free, self.by)
        sizes = context.cell_sizes(free, cells, self.by)
        require_sizes(sizes, self.rows or 1, "the test")
        quota = {cell: self._quota(size) for cell, size in sizes.items()}
        test = choose_rows(free, cells, quota, context, self.together, each=True)
        drawn = free.index[test]
        frame = frame.copy()
        frame.loc[drawn, "split"] = "test"
        frame.loc[drawn, "stratum"] = cells[drawn]
        return Outcome(frame, notes={"cells": len(sizes)})

    def _quota(self, size: int) -> int:
        if self.rows is not None:
            return self.rows
        return max(1, int(share_of(self.fraction, size)))
