"""What every augmentation is: its parameters, and what it adds to a plan."""

from __future__ import annotations

from types import ModuleType
from typing import Annotated, Any, ClassVar

import pydantic

from kpoc.augmentation.plan import Array, Plan
from kpoc.ground.registry import Registry
from kpoc.ground.schema import Strict

GEOMETRY, COLOUR, BLUR, TONE, MASK = range(5)
"""Where a kind stands in a plan; within one place the order of the list counts."""


class Augmentation(Strict):
    """Base of all kinds; the fields of a subclass are its parameters.

    Attributes:
        place: `GEOMETRY`, `COLOUR`, `BLUR`, `TONE` or `MASK`.
        single: Whether a chain can hold it once only.
        needs_originals: Whether it enlarges parts of a picture, so that all the
            pixels of the image file are of use.
        sized: Whether it makes no sense without the size of what comes out, which its
            Keras layer then must be told.
        draws: How many uniform numbers an image takes.
    """

    place: ClassVar[int]
    single: ClassVar[bool] = False
    needs_originals: ClassVar[bool] = False
    sized: ClassVar[bool] = False
    draws: ClassVar[int]

    def fold(self, plan: Plan, uniforms: Array) -> Plan:
        """Adds itself to a plan.

        Args:
            plan: The plan so far.
            uniforms: Numbers in [0, 1), (B, draws), in the plan's kind of array.
        """
        raise NotImplementedError


AUGMENTATIONS: Registry[type[Augmentation]] = Registry(
    "augmentation", "kpoc.augmentation.kinds"
)
register_augmentation = AUGMENTATIONS.register


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _pair(value: object) -> tuple[float, float]:
    if (
        not isinstance(value, list | tuple)
        or len(value) != 2
        or not all(map(_is_number, value))
        or not value[0] <= value[1]
    ):
        raise ValueError(f"must be [low, high], low <= high. Received: {value!r}")
    return float(value[0]), float(value[1])


def interval(
    *,
    around: float | None = None,
    least: float = float("-inf"),
    most: float = float("inf"),
    above: float = float("-inf"),
) -> Any:
    """The type of a parameter that is drawn uniformly from an interval.

    It is given as [low, high], or as a number d that stands for
    [around - d, around + d].

    Args:
        around: Middle of the interval that one number stands for; None if it must be
            a pair.
        least: Smallest bound allowed; an interval around a number stops there.
        most: Largest bound allowed.
        above: All bounds must be greater than this.
    """

    def check(given: object) -> tuple[float, float]:
        value = given
        if around is not None and _is_number(value):
            if value < 0:
                raise ValueError(f"must be 0 or more. Received: {value!r}")
            value = (max(around - value, least), around + value)
        low, high = _pair(value)
        if not (least <= low and high <= most and low > above):
            bounds = f"be above {above:g}" if above > least else None
            rule = bounds or f"lie in {least:g}..{most:g}"
            raise ValueError(f"must {rule}. Received: {given!r}")
        return low, high

    return Annotated[tuple[float, float], pydantic.BeforeValidator(check)]


def _fill(value: object) -> tuple[float, float, float]:
    levels = [value] * 3 if _is_number(value) else value
    if (
        not isinstance(levels, list | tuple)
        or len(levels) != 3
        or not all(_is_number(v) and 0 <= v <= 255 for v in levels)
    ):
        raise ValueError(
            f"must be a level within [0, 255], or three of them. Received: {value!r}"
        )
    return tuple(float(v) for v in levels)


Fill = Annotated[tuple[float, float, float], pydantic.BeforeValidator(_fill)]
Probability = Annotated[float, pydantic.Field(ge=0.0, le=1.0)]


def within(bounds: tuple[float, float], uniform: Array) -> Array:
    """Uniform in [low, high) from a uniform number in [0, 1)."""
    low, high = bounds
    return low + (high - low) * uniform


def first_that_fits(xp: ModuleType, fits: Array) -> Array:
    """1.0 at the first true value of each row of (B, attempts), else 0.0."""
    ones = xp.where(fits, 1.0, 0.0)
    return ones * xp.where(xp.cumsum(ones, axis=1) == 1.0, 1.0, 0.0)
