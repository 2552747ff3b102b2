"""Step `given`: take over the splits that a column of the data says."""

from __future__ import annotations

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


@register_step("given")
class Given(Step):
    """Puts rows into the split that their value in a column stands for.

    Rows with other values stay without a split, for later steps to draw from; a step
    `drop` before this one leaves out those that should not be drawn from. Nobody here
    chose the test rows, so they have no stratum.

    Attributes:
        column: The column that says it.
        train: Its values that stand for train.
        validation: Its values that stand for validation.
        test: Its values that stand for test.
    """

    column: str
    train: list[str] = []
    validation: list[str] = []
    test: list[str] = []

    @pydantic.model_validator(mode="after")
    def _each_once(self) -> Given:
        values = [*self.train, *self.validation, *self.test]
        if not values or len(set(values)) != len(values):
            raise ValueError(
                "`train`, `validation` and `test` must name values of the column, each "
                f"of them once. Received: {values}"
            )
        return self

    def apply(self, frame, context: Context) -> Outcome:
        """See `Step.apply`."""
        require_columns(frame, [self.column])
        named = {"train": self.train, "validation": self.validation, "test": self.test}
        wanted = {value for values in named.values() for value in values}
        values = frame[self.column]
        if absent := sorted(wanted - set(values)):
            raise ProtocolError(
                f"each named value must stand in `{self.column}`. Received: {absent}, "
                f"while there is {sorted(map(str, values.unique()))[:20]}"
            )
        split = frame["split"].to_numpy(dtype=object)
        for name, of_split in named.items():
            split = np.where((split == "") & values.isin(of_split), name, split)
        return Outcome(frame.assign(split=split))
