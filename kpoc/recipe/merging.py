"""What a change leaves of a mapping."""

from __future__ import annotations

from collections.abc import Mapping

_OF_BACKBONE = ("options", "freeze")
_GIVES_WAY = {"recipe": ("run",), "run": ("recipe", "seed")}
"""What of a start means nothing beside what is given."""


def merge(base: dict, change: Mapping) -> dict:
    """`base` changed key by key; another component or backbone replaces the old one.

    Example:
        >>> merge({"loss": {"name": "lmf", "alpha": 1.0}}, {"loss": {"name": "mae"}})
        {'loss': {'name': 'mae'}}
    """
    merged = dict(base)
    if change.get("backbone", base.get("backbone")) != base.get("backbone"):
        for key in _OF_BACKBONE:
            merged.pop(key, None)
    for given in _GIVES_WAY.keys() & change.keys():
        for key in _GIVES_WAY[given]:
            merged.pop(key, None)
    for key, value in change.items():
        old = merged.get(key)
        replaces = not (
            isinstance(old, dict) and isinstance(value, Mapping)
        ) or value.get("name", old.get("name")) != old.get("name")
        merged[key] = value if replaces else merge(old, value)
    return merged
