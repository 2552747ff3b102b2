"""Step `band`: a group column of equally wide bands of a number."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import pydantic

from kpoc.data.step import (
    Context,
    Outcome,
    ProtocolError,
    Step,
    register_step,
    require_columns,
)


@register_step("band")
class Band(Step):
    """Adds a column that names each row's band: 1-10, 11-20, ...

    Band i holds `first + i width <= value < first + (i + 1) width`. Each row's band
    depends on that row alone.

    Attributes:
        column: Column of numbers.
        into: Name of the new column.
        first: Lowest value of the lowest band.
        last: Highest whole value of the highest band.
        width: Width of a band; it divides `last - first + 1`.
    """

    column: str
    into: str
    first: int
    last: int
    width: Annotated[int, pydantic.Field(ge=1)]

    @pydantic.model_validator(mode="after")
    def _whole_bands(self) -> Band:
        span = self.last - self.first + 1
        if span < self.width or span % self.width:
            raise ValueError(
                f"`width` must divide `last` - `first` + 1 = {span}. "
                f"Received: {self.width}"
            )
        return self

    def apply(self, frame, context: Context) -> Outcome:
        """See `Step.apply`."""
        require_columns(frame, [self.column])
        values = frame[self.column].to_numpy(dtype=float)
        outside = ~((values >= self.first) & (values < self.last + 1))
        if outside.any():
            rows = frame.loc[outside, ["id", self.column]].head(10).to_numpy().tolist()
            raise ProtocolError(
                f"`{self.column}` must lie in {self.first}..{self.last} to have "
                f"a band. Received: {int(outside.sum())} rows outside, such as {rows}"
            )
        low = self.first + self.width * ((values - self.first) // self.width)
        low = low.astype(np.int64)
        names = [f"{a}-{a + self.width - 1}" for a in low.tolist()]
        return Outcome(frame.assign(**{self.into: names}))
