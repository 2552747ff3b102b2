"""Step `keep`: keep the rows whose value is in a range or a list."""

from __future__ import annotations

import pydantic

from kpoc.protocols.step import (
    Context,
    Outcome,
    ProtocolError,
    Step,
    register_step,
    require_columns,
)


@register_step("keep")
class Keep(Step):
    """Keeps rows by one column; rows with a missing value are left out.

    No row is chosen here, so a missing file changes nothing for the others.

    Attributes:
        column: The column.
        minimum: Smallest number kept.
        maximum: Largest number kept.
        values: The values kept.
    """

    column: str
    minimum: float | None = None
    maximum: float | None = None
    values: list[str | int | float] | None = None

    @pydantic.model_validator(mode="after")
    def _asks_for_something(self) -> Keep:
        if self.minimum is None and self.maximum is None and self.values is None:
            raise ValueError("one of `minimum`, `maximum`, `values` is needed")
        return self

    def apply(self, frame, context: Context) -> Outcome:
        """See `Step.apply`."""
        require_columns(frame, [self.column])
        values = frame[self.column]
        kept = values.notna()
        if self.values is not None:
            kept &= values.isin(self.values)
        for bound, sign in ((self.minimum, 1), (self.maximum, -1)):
            if bound is not None:
                if values.dtype.kind not in "iuf":
                    raise ProtocolError(
                        f"`column` must hold numbers to be compared with {bound:g}. "
                        f"Received: {self.column!r}"
                    )
                kept &= sign * values >= sign * bound
        return Outcome(frame[kept])
