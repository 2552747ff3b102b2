"""What of a recipe decides the weights of its training, and so names its run.

A field of a recipe's schema is one of three kinds. One without a mark is trained: its
value stands in the identity. One marked `Shown` decides nothing of the weights: what
is displayed, where things lie, how fast it goes. One marked `Absent` came with a value
that means "as before it was there", and stands in the identity only where it has
another one. So a new field leaves every identity as it was, and so does another
default: the value in the mark stays what it was.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import pydantic


@dataclass(frozen=True)
class Shown:
    """Marks a field that changes nothing of what is trained."""


@dataclass(frozen=True)
class Absent:
    """Marks a field that is trained, unless it has this value.

    Attributes:
        value: What the field stood for before it was there, in types of JSON. It never
            changes, whatever becomes of the field's default.
    """

    value: Any


def identity(model: pydantic.BaseModel) -> dict[str, Any]:
    """The trained part of a recipe, or of a part of one, in types of JSON.

    Raises:
        TypeError: A field with a default has no mark, so that nobody said what it
            means for runs made before it.

    Example:
        >>> from kpoc.recipe import load_recipe
        >>> recipe = load_recipe("portraits/baseline", {"task.groups": []})
        >>> "groups" in identity(recipe)["task"]
        False
    """
    found = {}
    for name in type(model).model_fields:
        mark = _mark(type(model), name)
        if isinstance(mark, Shown):
            continue
        value = _plain(getattr(model, name))
        if mark is None or value != mark.value:
            found[name] = value
    return found | dict(model.model_extra or {})


@functools.cache
def _mark(schema: type[pydantic.BaseModel], name: str) -> Shown | Absent | None:
    field = schema.model_fields[name]
    marks = [one for one in field.metadata if isinstance(one, Shown | Absent)]
    if marks or field.is_required():
        return marks[0] if marks else None
    raise TypeError(
        f"`{name}` of {schema.__name__} must be marked Shown or Absent, since it has a "
        "default. Received: no mark"
    )


def _plain(value: Any) -> Any:
    if isinstance(value, pydantic.BaseModel):
        return identity(value)
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value
