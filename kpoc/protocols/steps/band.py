"""Step `band`: a group column of the bands of a number."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import pydantic

from kpoc.protocols.step import (
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

    Bands are equally wide (`first`, `last`, `width`) or lie between `edges`: band k
    holds `edges[k] <= value < edges[k + 1]`. Edges 1, 11, 21, for whole numbers, give
    the names 1-10 and 11-20; edges 0.25, 0.5 or 1.0, 2.0 give 0.25 to 0.50 or 1 to 2.
    Where six decimals do not tell edges apart, all digits are given: 1e-09 to 2e-09.
    Each row's band depends on that row alone.

    Attributes:
        column: Column of numbers.
        into: Name of the new column.
        first: Lowest value of the lowest band.
        last: Highest whole value of the highest band.
        width: Width of a band; it divides `last - first + 1`.
        edges: At least two rising numbers, instead of the three above.
    """

    column: str
    into: str
    first: int | None = None
    last: int | None = None
    width: Annotated[int, pydantic.Field(ge=1)] | None = None
    edges: Annotated[list[int | float], pydantic.Field(min_length=2)] | None = None

    @pydantic.model_validator(mode="after")
    def _whole_bands(self) -> Band:
        equal = (self.first, self.last, self.width)
        if (None in equal) if self.edges is None else (equal != (None, None, None)):
            raise ValueError(
                "a band needs either `first`, `last` and `width`, or `edges`. "
                f"Received: {equal} and {self.edges}"
            )
        if self.edges is not None:
            if any(a >= b for a, b in zip(self.edges, self.edges[1:], strict=False)):
                raise ValueError(f"`edges` must rise. Received: {self.edges}")
            return self
        span = self.last - self.first + 1
        if span < self.width or span % self.width:
            raise ValueError(
                f"`width` must divide `last` - `first` + 1 = {span}. "
                f"Received: {self.width}"
            )
        return self

    @property
    def all_edges(self) -> list[int | float]:
        """The edges, whichever way they were given."""
        if self.edges is not None:
            return self.edges
        return list(range(self.first, self.last + 2, self.width))

    @property
    def names(self) -> list[str]:
        """The names of the bands, from the lowest to the highest."""
        edges = self.all_edges
        pairs = list(zip(edges, edges[1:], strict=False))
        if all(isinstance(edge, int) for edge in edges):
            between = "-" if edges[0] >= 0 else " to "
            return [f"{a}{between}{b - 1}" for a, b in pairs]
        decimals = max(len(f"{edge:.6f}".rstrip("0").split(".")[1]) for edge in edges)
        words = {edge: f"{edge:.{decimals}f}" for edge in edges}
        if len(set(words.values())) < len(edges):
            words = {edge: f"{edge!r}" for edge in edges}
        return [f"{words[a]} to {words[b]}" for a, b in pairs]

    def apply(self, frame, context: Context) -> Outcome:
        """See `Step.apply`."""
        require_columns(frame, [self.column])
        values = frame[self.column].to_numpy(dtype=float)
        edges = np.asarray(self.all_edges, dtype=float)
        outside = ~((values >= edges[0]) & (values < edges[-1]))
        if outside.any():
            rows = frame.loc[outside, ["id", self.column]].head(10).to_numpy().tolist()
            raise ProtocolError(
                f"`{self.column}` must lie from {edges[0]:g} to under {edges[-1]:g} to "
                f"have a band. Received: {int(outside.sum())} rows outside, such as "
                f"{rows}"
            )
        band = np.searchsorted(edges, values, side="right") - 1
        return Outcome(frame.assign(**{self.into: np.array(self.names)[band].tolist()}))
