"""YAML as a person would write it: comments, short lists in one line, plain words."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence

from kpoc.ground.text import visible
from kpoc.ground.yaml_values import scalar

WIDTH = 88


def comment(text: str, indent: int = 0) -> list[str]:
    """Lines of a comment."""
    mark = " " * indent + "# "
    return textwrap.wrap(
        visible(text),
        WIDTH,
        initial_indent=mark,
        subsequent_indent=mark,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _pieces(value: object) -> list[str]:
    """The text of a value in pieces, between which a line may end."""
    if isinstance(value, Mapping):
        inner = [[f"{scalar(key)}: ", *_pieces(item)] for key, item in value.items()]
        # a key and the begin of its value stay in one line
        inner = [[key + first, *rest] for key, first, *rest in inner]
        opening, closing = "{", "}"
    elif isinstance(value, Sequence) and not isinstance(value, str):
        inner, opening, closing = [_pieces(item) for item in value], "[", "]"
    else:
        return [scalar(value)]
    if not inner:
        return [opening + closing]
    for item in inner[:-1]:
        item[-1] += ", "
    inner[0][0] = opening + inner[0][0]
    inner[-1][-1] += closing
    return [piece for item in inner for piece in item]


def flow(start: str, value: object) -> list[str]:
    """`start` and a value in flow style, over as many lines as it needs.

    Example:
        >>> flow("  age: ", {"range": [1, 80]})
        ['  age: {range: [1, 80]}']
    """
    indent = " " * (len(start) - len(start.lstrip()) + 4)
    lines = [start]
    for piece in _pieces(value):
        if len(lines[-1]) + len(piece.rstrip()) > WIDTH and lines[-1].strip():
            lines.append(indent)
        lines[-1] += piece
    return [line.rstrip() for line in lines]


def block(content: Mapping, indent: int = 0) -> list[str]:
    """A mapping, a key a line; inner values in flow style."""
    lines = []
    for key, value in content.items():
        lines += flow(f"{' ' * indent}{scalar(key)}: ", value)
    return lines
