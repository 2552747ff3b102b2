"""Strict validation of files say: every problem at once, with the nearest name."""

from __future__ import annotations

import difflib
import typing
from collections.abc import Iterable

import pydantic

from kpoc.ground.errors import UserError
from kpoc.ground.text import shown

M = typing.TypeVar("M", bound=pydantic.BaseModel)

Positive = typing.Annotated[int, pydantic.Field(ge=1)]
Fraction = typing.Annotated[float, pydantic.Field(ge=0.0, lt=1.0)]


class SchemaError(UserError, ValueError):
    """A file or override that breaks its schema; lists every problem.

    Attributes:
        problems: One sentence for each, where there may be several.
    """

    def __init__(self, message: str):
        super().__init__(message)
        self.problems = [message]


class Strict(pydantic.BaseModel):
    """Base of all schemas: unknown keys are refused, types are not coerced."""

    model_config = pydantic.ConfigDict(extra="forbid", strict=True, frozen=True)


class Component(pydantic.BaseModel):
    """Something chosen by `name`, with the parameters of what is chosen.

    In YAML either a mapping, `{name: lmf, alpha: 2.5}`, or just the name. The
    parameters are checked when the component is made, against its signature.
    """

    model_config = pydantic.ConfigDict(extra="allow", strict=True, frozen=True)

    name: str

    @pydantic.model_validator(mode="before")
    @classmethod
    def _from_name(cls, value: object) -> object:
        return {"name": value} if isinstance(value, str) else value

    @property
    def params(self) -> dict:
        """The parameters without the name."""
        return dict(self.model_extra or {})


def nearest(name: object, choices: Iterable[str]) -> str:
    """The end of an error on an unknown name: what was probably meant.

    Example:
        >>> nearest("epoch", ["epochs", "seed"])
        'Did you mean `epochs`?'
        >>> nearest("zzz", ["epochs", "seed"])
        'Valid: `epochs`, `seed`.'
    """
    choices = sorted(choices)
    close = difflib.get_close_matches(str(name), choices, n=3, cutoff=0.6)
    if close:
        return "Did you mean " + " or ".join(f"`{c}`" for c in close) + "?"
    return "Valid: " + ", ".join(f"`{c}`" for c in choices) + "."


def _model_in(annotation: object) -> type[pydantic.BaseModel] | None:
    """The schema class inside an annotation such as `dict[str, Target] | None`."""
    if isinstance(annotation, type) and issubclass(annotation, pydantic.BaseModel):
        return annotation
    for argument in typing.get_args(annotation):
        if (found := _model_in(argument)) is not None:
            return found
    return None


def _names_at(schema: type[pydantic.BaseModel], location: tuple) -> list[str]:
    """Valid keys of the mapping at `location` inside a document of `schema`."""
    for step in location:
        field = schema.model_fields.get(step) if isinstance(step, str) else None
        if field is not None and (inner := _model_in(field.annotation)) is not None:
            schema = inner
    return list(schema.model_fields)


def _problem(schema: type[pydantic.BaseModel], error: dict) -> str:
    location = error["loc"]
    key = ".".join(str(part) for part in location) or "(top level)"
    received = shown(error["input"])
    if error["type"] == "extra_forbidden":
        hint = nearest(location[-1], _names_at(schema, location[:-1]))
        return f"`{key}` is not a known key. {hint} Received: {received}"
    if error["type"] == "missing":
        return f"`{key}` is required"
    if error["type"] == "value_error":
        return f"`{key}`: {error['ctx']['error']}"
    return f"`{key}`: {error['msg']}. Received: {received}"


def validate(schema: type[M], data: object, source: str) -> M:
    """Validates `data`; raises one `SchemaError` that lists every problem."""
    try:
        return schema.model_validate(data)
    except pydantic.ValidationError as error:
        problems = dict.fromkeys(_problem(schema, e) for e in error.errors())
        raise problems_error(source, problems) from None


def problems_error(source: str, problems: Iterable[str]) -> SchemaError:
    """One error that lists all problems of `source`; they also stand in `problems`."""
    problems = list(problems)
    error = SchemaError(
        f"{source} has {len(problems)} problem(s):\n"
        + "\n".join(f"- {problem}" for problem in problems)
    )
    error.problems = problems
    return error
