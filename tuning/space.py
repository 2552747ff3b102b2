"""A search space: a YAML file beside a recipe that says which of its keys vary.

A space is found by the name of its recipe (`portraits/baseline`, in `tuning/spaces/`),
beside a recipe of one's own (`mine.yaml` has `mine.space.yaml`), or by path. It may
extend another space, key by key.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import pydantic

from kpoc.ground.schema import (
    Positive,
    SchemaError,
    Strict,
    nearest,
    problems_error,
    validate,
)
from kpoc.ground.yaml_files import packaged, read_extended, yaml_names
from tuning.dimension import Dimension, Scalar, read_dimension

_PACKAGE = "tuning.spaces"


class Aim(Strict):
    """One of several objectives.

    Attributes:
        weight: Its share in the sum, beside the other weights.
        range: The figure that counts as 0 and the one that counts as 1; by default
            the worst and the best that the score can give.
    """

    weight: Annotated[float, pydantic.Field(gt=0.0)] = 1.0
    range: Annotated[list[float], pydantic.Field(min_length=2, max_length=2)] | None = (
        None
    )

    @pydantic.field_validator("range")
    @classmethod
    def _ends_differ(cls, ends: list[float] | None) -> list[float] | None:
        if ends and ends[0] == ends[1]:
            raise ValueError(f"`range` must have two ends. Received: {ends}")
        return ends


class MedianRule(Strict):
    """When a poor trial is stopped: see `tuning.stopping`.

    Attributes:
        after_trials: Trials that have to be finished before any is stopped.
        after_epochs: Epochs that every trial gets; by default a third of the recipe's.
    """

    after_trials: Positive = 5
    after_epochs: Positive | None = None


class _Head(Strict):
    """What a space says beside its keys."""

    description: str = ""
    objectives: dict[str, Aim] = {}
    median_rule: MedianRule | None = MedianRule()
    smallest_batch_size: Positive | None = None


@dataclass(frozen=True)
class Space:
    """Which keys of a recipe vary, and what is sought.

    Attributes:
        keys: The dimension of each key of the recipe; those that others depend on
            come first.
        objectives: What is sought: scores as in a recipe's `primary`; none stands for
            the recipe's primary one.
        median_rule: When poor trials are stopped; None for never.
        smallest_batch_size: How far the batch may be halved where memory is short, if
            the space has no dimension `batch_size`.
        description: One line.
        content: The file as it was read, with what it extends.
    """

    keys: dict[str, Dimension]
    objectives: dict[str, Aim]
    median_rule: MedianRule | None
    smallest_batch_size: int | None
    description: str
    content: dict[str, Any]

    def active(self, levels: Mapping[str, Scalar]) -> Iterator[str]:
        """Keys that count, given the levels of those before them."""
        counting: dict[str, Scalar] = {}
        for key, dimension in self.keys.items():
            if all(counting.get(k) in among for k, among in dimension.when.items()):
                counting[key] = levels.get(key)
                yield key

    def halved_batch(self, size: int, levels: Mapping[str, Scalar]) -> Scalar | None:
        """The level of the next smaller batch that the space allows; None for none.

        Args:
            size: The batch size that was too large.
            levels: What was drawn, by key: where another key decides that the batch
                size does not count, none is allowed.
        """
        if dimension := self.keys.get("batch_size"):
            counts = "batch_size" in self.active(levels)
            return dimension.halved(size) if counts else None
        smallest = self.smallest_batch_size
        return size // 2 if smallest and size // 2 >= smallest else None


def space_names() -> list[str]:
    """Recipes whose spaces come with kpoc, sorted."""
    return yaml_names(_PACKAGE)


def find_space(recipe: str, space: str | None = None) -> Path:
    """The file of a space.

    Args:
        recipe: Name or path of the recipe.
        space: Name or path of another space than its own.

    Raises:
        SchemaError: There is none.
    """
    asked = space or recipe
    if asked in space_names():
        return packaged(asked, _PACKAGE)
    beside = Path(asked) if space else Path(asked).with_suffix(".space.yaml")
    if beside.suffix in {".yaml", ".yml"} and beside.is_file():
        return beside
    expected = "" if space else f" or lie beside the recipe, as {beside}"
    raise SchemaError(
        f"`space` must be the name of a space{expected}. "
        f"{nearest(asked, space_names())} Received: {asked!r}"
    )


def load_space(path: str | Path) -> Space:
    """Reads and checks a space.

    Raises:
        SchemaError: Lists every problem.

    Example:
        >>> space = load_space(find_space("portraits/baseline"))
        >>> space.keys["optimizer.learning_rate"].scale
        'log'
    """
    content = read_extended(Path(path), lambda name: find_space("", name), _extended)
    return make_space(content, f"space {path}")


def _extended(base: dict, content: dict) -> dict:
    both = [one.get("keys") or {} for one in (base, content)]
    # what is no mapping is refused where the keys are read
    odd = [keys for keys in both if not isinstance(keys, dict)]
    return {**base, **content, "keys": odd[0] if odd else both[0] | both[1]}


def make_space(content: Mapping[str, Any], source: str = "the space") -> Space:
    """A space from what a file says.

    Raises:
        SchemaError: Lists every problem.
    """
    problems: list[str] = []
    head, keys = _Head(), {}
    try:
        said = {name: value for name, value in content.items() if name != "keys"}
        head = validate(_Head, said, source)
    except SchemaError as error:
        problems += error.problems
    given = content.get("keys")
    if not isinstance(given, dict) or not given:
        problems.append(f"`keys` must name what varies. Received: {given!r}")
        given = {}
    for key, said in given.items():
        try:
            keys[str(key)] = read_dimension(str(key), said)
        except SchemaError as error:
            problems += [
                p
                if p.startswith("`keys.")
                else f"`keys.{key}`: {p.removeprefix('`(top level)`: ')}"
                for p in error.problems
            ]
    problems += [p for key in keys for p in _conditions(key, keys, given)]
    if head.smallest_batch_size and "batch_size" in keys:
        problems.append(
            "`smallest_batch_size` is for spaces without a dimension `batch_size`, "
            f"which has its own smallest. Received: {head.smallest_batch_size}"
        )
    ordered = _ordered(keys)
    if len(ordered) < len(keys):
        left = sorted(keys.keys() - ordered.keys())
        problems.append(f"`when` goes round in a circle. Received: {', '.join(left)}")
    if problems:
        raise problems_error(source, problems)
    return Space(
        ordered,
        head.objectives,
        head.median_rule,
        head.smallest_batch_size,
        head.description,
        dict(content),
    )


def _named(key: str, problem: str) -> str:
    """A problem of a dimension with the name of its key."""
    if problem.startswith("`keys."):
        return problem
    return f"`keys.{key}`: {problem.removeprefix('`(top level)`: ')}"


def _conditions(
    key: str, keys: Mapping[str, Dimension], given: Mapping[str, Any]
) -> Iterator[str]:
    for parent, among in keys[key].when.items():
        where = f"`keys.{key}`: `when.{parent}`"
        if parent not in given:
            yield f"{where} must be a key of this space. {nearest(parent, given)}"
        elif parent in keys:
            levels = keys[parent].levels()
            if levels is None:
                yield f"{where} must be a choice"
            elif strange := [one for one in among if one not in levels]:
                yield f"{where} must be among {levels}. Received: {strange}"


def _ordered(keys: Mapping[str, Dimension]) -> dict[str, Dimension]:
    """Keys after those that they depend on; without those that form a circle."""
    ordered: dict[str, Dimension] = {}
    while True:
        ready = [
            key
            for key, dimension in keys.items()
            if key not in ordered
            and all(
                parent in ordered or parent not in keys for parent in dimension.when
            )
        ]
        if not ready:
            return ordered
        ordered |= {key: keys[key] for key in ready}
