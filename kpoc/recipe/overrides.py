"""Values by dotted key, in place of those of a recipe."""

from __future__ import annotations

from collections.abc import Iterable

from kpoc.ground.schema import SchemaError
from kpoc.ground.yaml_values import parse_yaml
from kpoc.recipe.merging import merge


def parse_overrides(assignments: Iterable[str]) -> dict[str, object]:
    """Reads `key=value` words; the values are YAML.

    Example:
        >>> parse_overrides(["epochs=5", "model.dropout=1e-1"])
        {'epochs': 5, 'model.dropout': 0.1}
    """
    overrides = {}
    for word in assignments:
        key, equals, value = word.partition("=")
        if not equals or not key:
            raise SchemaError(f"an override must be key=value. Received: {word!r}")
        overrides[key] = parse_yaml(value, f"the value of `{key}`")
    return overrides


def override(content: dict, dotted: str, value: object) -> None:
    """Puts `value` at its place in `content`, and makes the way to it.

    Raises:
        SchemaError: Something on the way is not a mapping.
    """
    *parents, last = dotted.split(".")
    place = content
    for parent in parents:
        inner = place.setdefault(parent, {})
        if isinstance(inner, str):
            # a component given by its bare name
            inner = place[parent] = {"name": inner}
        if not isinstance(inner, dict):
            raise SchemaError(
                f"`{dotted}` does not lead to a key: `{parent}` is not a mapping. "
                f"Received: {inner!r}"
            )
        place = inner
    merged = merge(place, {last: value})
    place.clear()
    place.update(merged)
