"""Step `remove`: take rows away from outside the test, to make an imbalance."""

from __future__ import annotations

from typing import Annotated

import pydantic

from kpoc.protocols.step import (
    Context,
    Outcome,
    ProtocolError,
    Step,
    Where,
    matching,
    register_step,
    share_of,
)


@register_step("remove")
class Remove(Step):
    """Takes away `fraction` of all rows that match `where`, from non-test rows.

    The number is a fraction of all matching rows, those of the test included; the
    rows are the non-test ones with the lowest hashes. When m matching files are
    missing, at most m others are removed, or kept, in their stead.

    Attributes:
        where: Column to value, or to a list of values.
        fraction: Share of the matching rows, above 0 and at most 1.
    """

    where: Annotated[Where, pydantic.Field(min_length=1)]
    fraction: Annotated[float, pydantic.Field(gt=0.0, le=1.0)]

    def apply(self, frame, context: Context) -> Outcome:
        """See `Step.apply`."""
        matched = frame[matching(frame, self.where)]
        if matched.empty:
            raise ProtocolError(
                f"`where` must match some rows. Received: {self.where}, while there is "
                + ", ".join(
                    f"`{name}` in {sorted(frame[name].unique().tolist())[:20]}"
                    for name in self.where
                )
            )
        pool = matched[matched["split"] != "test"]
        number = int(share_of(self.fraction, len(matched)))
        if number > len(pool):
            raise ProtocolError(
                f"{number} rows ({self.fraction:g} of {len(matched)}) with "
                f"{self.where} must be removable. Received: {len(pool)} outside the "
                "test"
            )
        gone = pool.index[context.hashes(pool).argsort(kind="stable")[:number]]
        notes = {"matching": len(matched), "removed": number}
        return Outcome(frame.drop(index=gone), notes=notes)
