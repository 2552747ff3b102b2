"""One dimension of a search space: which values a key of a recipe may take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import pydantic

from kpoc.ground.registry import Registry
from kpoc.ground.schema import SchemaError, Strict, validate

if TYPE_CHECKING:
    from keras_tuner import HyperParameter

Scalar = str | int | float | bool


class Dimension(Strict):
    """What is searched along one key of a recipe.

    What the search draws is a number or a name, a `level`; what the recipe takes is a
    `value`. They differ where a choice between whole mappings has names for them.

    Attributes:
        when: The dimension counts only where other keys, choices all, have one of
            these levels; elsewhere the recipe's own value holds.
    """

    NAME: ClassVar[str]

    when: dict[str, Annotated[list[Scalar], pydantic.Field(min_length=1)]] = {}

    def ends(self) -> list[Scalar]:
        """The levels that a recipe is tried with before the search: the outermost."""
        raise NotImplementedError

    def value(self, level: Scalar) -> Any:
        """What the recipe takes for a level."""
        return level

    def levels(self) -> list[Scalar] | None:
        """All levels of a choice; None for a range."""
        return None

    def halved(self, value: int) -> Scalar | None:
        """The level of the largest value that is at most half of this one, or None."""
        raise NotImplementedError

    def hyperparameter(
        self, key: str, default: Scalar | None, conditions: list
    ) -> HyperParameter:
        """The dimension as KerasTuner has it.

        Args:
            key: Its key.
            default: The level of the recipe itself, if it has one.
            conditions: KerasTuner's form of `when`.
        """
        raise NotImplementedError


DIMENSIONS: Registry[type[Dimension]] = Registry("dimension", "tuning.dimensions")


def read_dimension(key: str, content: object) -> Dimension:
    """A dimension from what a YAML file says.

    Args:
        key: The key of the recipe, for errors.
        content: A mapping with its `kind`.

    Raises:
        SchemaError: With all that is wrong.
    """
    if not isinstance(content, dict) or "kind" not in content:
        raise SchemaError(
            f"`keys.{key}` must be a mapping with a `kind`, one of "
            f"{', '.join(DIMENSIONS.names())}. Received: {content!r}"
        )
    try:
        kind = DIMENSIONS.get(str(content["kind"]))
    except SchemaError as error:
        raise SchemaError(f"`keys.{key}`: {error}") from None
    return validate(
        kind,
        {name: given for name, given in content.items() if name != "kind"},
        f"`keys.{key}`",
    )
