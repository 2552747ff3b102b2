"""Step `drop`: leave rows out by their values."""

from __future__ import annotations

from typing import Annotated

import pydantic

from kpoc.protocols.step import Context, Outcome, Step, Where, matching, register_step


@register_step("drop")
class Drop(Step):
    """Leaves out the rows that have all the values in `where`.

    No row is chosen here, so a missing file changes nothing for the others.

    Attributes:
        where: Column to value, or to a list of values.
    """

    where: Annotated[Where, pydantic.Field(min_length=1)]

    def apply(self, frame, context: Context) -> Outcome:
        """See `Step.apply`."""
        return Outcome(frame[~matching(frame, self.where)])
