"""A choice among some values."""

from __future__ import annotations

from typing import Any

import pydantic

from tuning.dimension import DIMENSIONS, Dimension, Scalar


@DIMENSIONS.register("choice")
class Choice(Dimension):
    """One of some values, in their order if they have one.

    Attributes:
        values: A list of numbers or words, or a mapping of names to whatever the
            recipe takes: null, lists, mappings.

    Example:
        >>> augmentation = Choice(values={"none": [], "flip": ["random_flip"]})
        >>> augmentation.levels(), augmentation.value("flip")
        (['none', 'flip'], ['random_flip'])
    """

    values: list[Scalar] | dict[str, Any]

    @pydantic.field_validator("values", mode="before")
    @classmethod
    def _names_are_words(cls, values: object) -> object:
        if isinstance(values, dict):
            return {str(name): value for name, value in values.items()}
        return values

    @pydantic.field_validator("values")
    @classmethod
    def _is_a_choice(cls, values: list | dict) -> list | dict:
        if len(values) < 2:
            raise ValueError(
                "a choice needs two values or more; what does not vary belongs into "
                f"the recipe. Received: {values!r}"
            )
        if isinstance(values, list):
            if len(set(map(repr, values))) < len(values):
                raise ValueError(f"`values` must differ. Received: {values!r}")
            kinds = {type(value) for value in values}
            if len(kinds) > 1 or kinds == {bool}:
                raise ValueError(
                    "`values` in a list must be all whole numbers, all real numbers or "
                    "all words; give others names: {none: null, small: 64}. "
                    f"Received: {values!r}"
                )
        return values

    def levels(self) -> list[Scalar]:
        return list(self.values)

    def ends(self) -> list[Scalar]:
        return self.levels()

    def value(self, level: Scalar) -> Any:
        return self.values[level] if isinstance(self.values, dict) else level

    def halved(self, value: int) -> Scalar | None:
        fitting = [one for one in self.values if 2 * self.value(one) <= value]
        return max(fitting, key=self.value, default=None)

    def hyperparameter(self, key, default, conditions):
        from keras_tuner.engine import hyperparameters

        return hyperparameters.Choice(
            name=key, values=self.levels(), default=default, conditions=conditions
        )
