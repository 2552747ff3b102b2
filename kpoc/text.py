"""Text for terminals."""

from __future__ import annotations

from collections.abc import Sequence


def align(lines: Sequence[Sequence[str]]) -> str:
    """Lines of cells as a table whose columns stand under each other.

    Example:
        >>> print(align([["image", "age"], ["a.png", "31.0 years"]]))
        image  age
        a.png  31.0 years
    """
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def say(text: str) -> None:
    """Prints a line at once."""
    print(text, flush=True)
