"""Strict validation of YAML files: every problem at once, with the nearest name."""

from __future__ import annotations

import difflib
import re
import typing
from collections.abc import Iterable
from pathlib import Path

import pydantic
import yaml

from kpoc.errors import UserError

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


_INT, _FLOAT, _MERGE = (
    f"tag:yaml.org,2002:{name}" for name in ("int", "float", "merge")
)


class _Loader(yaml.SafeLoader):
    """SafeLoader that refuses odd keys, and those twice, with decimal numbers alone.

    SafeLoader's, those of YAML 1.1, take 1e-3 for a word, 010 for 8 and 1:30 for 90.
    """

    yaml_implicit_resolvers = {
        first: [one for one in resolvers if one[0] not in (_INT, _FLOAT)]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node, deep=False):
        seen = set()
        for key_node, _ in node.value:
            if key_node.tag == _MERGE:
                continue
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                raise SchemaError(
                    "a key must be a single value. Received: a list or a mapping for "
                    f"one in line {line}"
                )
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise SchemaError(
                    f"`{key}` must be given once. Received: it twice, the second time "
                    f"in line {line}"
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


_Loader.add_implicit_resolver(
    _INT, re.compile(r"^[-+]?(0|[1-9][0-9_]*)$"), list("-+0123456789")
)
_Loader.add_implicit_resolver(
    _FLOAT,
    re.compile(
        r"^([-+]?(\d[\d_]*\.\d*([eE][-+]?\d+)?|\.\d+([eE][-+]?\d+)?|\d+[eE][-+]?\d+)"
        r"|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$"
    ),
    list("-+0123456789."),
)


def parse_yaml(text: str, source: str) -> object:
    """Parses YAML text; `source` names it in errors."""
    try:
        return yaml.load(text, _Loader)  # noqa: S506 (a SafeLoader)
    except (yaml.YAMLError, ValueError) as error:
        raise SchemaError(f"{source} is not valid YAML: {error}") from error


def read_yaml(path: Path) -> dict:
    """Reads a YAML file whose top level is a mapping."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise SchemaError(
            f"{path} must be text in UTF-8. Received: byte "
            f"0x{error.object[error.start]:02x} in line {line}"
        ) from error
    value = parse_yaml(text, str(path))
    if not isinstance(value, dict):
        raise SchemaError(
            f"{path} must hold a mapping of keys to values. "
            f"Received: {type(value).__name__}"
        )
    return value


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
    received = repr(error["input"])
    if len(received) > 80:
        received = received[:77] + "..."
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
