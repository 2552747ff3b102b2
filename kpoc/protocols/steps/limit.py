"""Step `limit`: keep so many rows of each cell at most."""

from __future__ import annotations

from typing import Annotated

import pydantic

from kpoc.protocols.step import Context, Outcome, Step, cells_of, register_step


@register_step("limit")
class Limit(Step):
    """Keeps, of the rows without a split, at most `rows` of each cell.

    These are the rows with the lowest hashes, so m missing files of a cell bring in at
    most m others. Rows that are in a split already stay and do not count.

    Attributes:
        rows: The most rows of a cell.
        by: The columns whose combinations are the cells.
    """

    rows: Annotated[int, pydantic.Field(ge=1)]
    by: Annotated[list[str], pydantic.Field(min_length=1)]

    def apply(self, frame, context: Context) -> Outcome:
        """See `Step.apply`."""
        free = frame[frame["split"] == ""]
        cells = cells_of(free, self.by)
        surplus = free.index[context.ranks(free, cells) >= self.rows]
        notes = {
            "left_out": len(surplus),
            "cells_cut": int(cells[surplus].nunique()),
        }
        return Outcome(frame.drop(index=surplus), notes=notes)
