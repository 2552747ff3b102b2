"""Schema of what a training goes on from."""

from __future__ import annotations

from typing import Annotated, Literal

import pydantic

from kpoc.ground.schema import Strict
from kpoc.recipe.identity import Absent, Shown


class Start(Strict):
    """The training that a training goes on from: a pre-training, an earlier phase.

    The run that it goes on from is part of what a run is found by.

    Attributes:
        recipe: Name or path of its recipe, which is trained first where that is not
            done; or
        run: the directory of a finished run, whatever made it.
        take: What is taken of it: its `encoder`, or `all` the model's weights, heads
            included.
        seed: The seed of its recipe; by default this training's own, so that seeds
            differ in all that led to them.
    """

    recipe: Annotated[str | None, Shown()] = None
    run: Annotated[str | None, Shown()] = None
    take: Annotated[Literal["encoder", "all"], Absent("encoder")] = "encoder"
    seed: Annotated[Annotated[int, pydantic.Field(ge=0)] | None, Shown()] = None

    @pydantic.model_validator(mode="after")
    def _one_of_two(self) -> Start:
        if (self.recipe is None) == (self.run is None):
            given = {"recipe": self.recipe, "run": self.run}
            raise ValueError(
                "a `start` must name either a `recipe` or a `run`. Received: "
                f"{ {name: value for name, value in given.items() if value} or 'none' }"
            )
        if self.run is not None and self.seed is not None:
            raise ValueError(
                "`seed` is that of a `recipe`; a `run` has one already. Received: "
                f"seed {self.seed} with {self.run}"
            )
        return self
