"""What a comparison holds, field by field: the types of comparison.json.

The field of a part (`kpoc.evaluation.part`) has its type in the part's own module.
Numbers that are not known are null. Fields that came later have a default, so that
older files are read.
"""

import functools
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import numpy as np
import pydantic
from pydantic import BeforeValidator, ConfigDict, Field, WrapSerializer

from kpoc.ground.schema import SchemaError, Strict, validate

SCHEMA = 1

Number = float | None
Better = Literal["higher", "lower"]
Code = Literal["better", "worse", "no clear difference", "unknown"]
Open = dict[str, Any]


def or_empty(kind: type) -> Any:
    """The type, where an empty mapping stands for nothing to say."""
    return Annotated[
        kind | None,
        BeforeValidator(lambda value: None if value == {} else value),
        WrapSerializer(lambda value, write: {} if value is None else write(value)),
    ]


class Known(pydantic.BaseModel):
    """A record that may say more than what is named here."""

    model_config = ConfigDict(extra="allow", strict=True, frozen=True)


class Interval(Strict):
    """An estimate with its interval."""

    estimate: Number
    low: Number
    high: Number


class Labels(Strict):
    """What a figure is of: all rows, a level of a group, or a class."""

    target: str
    metric: str
    better: Better
    unit: str | None = None
    group: str | None = None
    level: str | None = None


class Scored(Strict):
    """Whose figure it is, and on how many test rows."""

    side: str
    n: int


class ScoreRow(Interval, Scored, Labels):
    """The score of a side: mean over its seeds, with an interval."""

    per_seed: list[Number] = []


class Contrast(Strict):
    """How far a side lies from the baseline."""

    side: str
    baseline: str
    difference: Number
    low: Number
    high: Number
    p: Number


class Judged(Strict):
    """The corrected p of a contrast, and the verdict that follows it."""

    p_holm: Number = None
    verdict: Code


class Asked(Strict):
    """Whether it is the question that the verdict of the comparison is about."""

    primary: bool


class DifferenceRow(Judged, Asked, Contrast, Labels):
    """The difference of a side's score from the baseline's."""


class Verdict(Strict):
    """The answer on the primary metric."""

    code: Code
    text: str


class Target(Strict):
    """What is predicted."""

    kind: Literal["regression", "binary", "categorical"]
    unit: str | None = None
    classes: list[str] | None = None
    range: list[int | float] | None = None


class Primary(Strict):
    """What the verdict is about."""

    target: str
    metric: str


class Settings(Known):
    """How intervals were made."""

    resamples: int | None = None
    level: float | None = None
    seed: int | None = None
    stratified: bool = False


class Data(Known):
    """What is known of the rows."""

    protocol: str | None = None
    synthetic: bool | None = False
    digest: str | None = None
    counts: dict[str, int] | None = None
    test_scorings: int | None = None
    description: str | None = None
    source: Any = None
    citation: str | None = None
    licence: str | None = None
    overlap: str | None = None
    left_out: int | None = None
    steps: list[Any] | None = None
    card: Open | None = None
    strata: int | None = None


class Weights(Known):
    """Where a side's initial weights come from."""

    origin: str | None = None
    sha256: str | None = None


class SideRecord(Known):
    """A side, all but its predictions; of costs and history an entry a seed."""

    name: str
    description: str | None = None
    seeds: list[int] = []
    runs: list[str] = []
    foreign: bool = False
    cost: list[Open] = []
    budget: Open = {}
    history: list[list[Open]] = []
    weights: Annotated[Weights, BeforeValidator(lambda value: value or {})] = Weights()
    recipe: Open | None = None
    environment: Open | None = None
    counts: dict[str, int] | None = None
    digest: str | None = None
    composition: Open | None = None


class Head(Known):
    """A comparison without its parts; it may hold parts that are not known here."""

    schema_number: Literal[SCHEMA] = Field(alias="schema")
    created: str | None = None
    command: str | None = None
    title: str
    kpoc_version: str | None = None
    data: Data
    settings: Settings
    targets: dict[str, Target]
    primary: Primary
    sides: list[SideRecord] = Field(min_length=1)
    warnings: list[str] = []
    notes: list[str] = []

    def to_dict(self) -> dict[str, Any]:
        """The comparison in types of JSON."""
        return self.model_dump(by_alias=True)


def content_type() -> type[Head]:
    """The type of a whole comparison: the head, and a field for each part."""
    from kpoc.evaluation.part import ordered

    return _made(tuple(ordered().items()))


@functools.cache
def _made(parts: tuple[tuple[str, Any], ...]) -> type[Head]:
    fields = {name: (part.content, _default(part.empty)) for name, part in parts}
    return pydantic.create_model("Content", __base__=Head, **fields)


def _default(empty: Any) -> Any:
    return Field(default_factory=empty, validate_default=True) if empty else ...


def read_content(found: Mapping[str, Any], source: str = "`comparison`") -> Head:
    """A comparison from its dictionary, all fields checked.

    Args:
        found: What `evaluate` made, or what comparison.json holds.
        source: What it is called in errors.

    Raises:
        SchemaError: It is of another schema, or with all that is wrong with it.
    """
    number = found.get("schema") if isinstance(found, Mapping) else None
    if number != SCHEMA:
        raise SchemaError(
            f"{source} must be a comparison of schema {SCHEMA}. Received: {number!r}"
        )
    return validate(content_type(), jsonable(found), source)


def jsonable(value: Any) -> Any:
    """The value in types of JSON; NaN and infinities become None.

    Example:
        >>> import numpy as np
        >>> jsonable({"a": np.float32("nan"), "b": (np.int64(1), [np.nan, 0.5])})
        {'a': None, 'b': [1, [None, 0.5]]}
    """
    if isinstance(value, Mapping):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [jsonable(item) for item in value]
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return float(value) if np.isfinite(value) else None
    return value
