"""Text for terminals."""

from __future__ import annotations

import shlex
import sys
import unicodedata
from collections.abc import Sequence
from pathlib import Path


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


def visible(text: str) -> str:
    r"""A name or a value in one line, with nothing in it that acts on a terminal.

    Control characters, line ends, marks that turn the direction of writing and bytes
    that are no UTF-8 stand as Python writes them in a literal.

    Example:
        >>> print(visible("cat.png"), visible("a" + chr(10) + "b"), visible(chr(27)))
        cat.png a\nb \x1b
    """
    return "".join(
        c
        if c.isprintable() or unicodedata.category(c) == "Zs"
        else c.encode("unicode_escape").decode()
        for c in text
    )


def for_shell(word: str) -> str:
    r"""A word such that a shell takes it again, in one line and without odd signs.

    Example:
        >>> print(for_shell("my photos"), for_shell("a" + chr(10) + "b"))
        'my photos' $'a\nb'
    """
    if visible(word) == word:
        return shlex.quote(word)
    quoted = "".join("\\" + c if c in "\\'" else visible(c) for c in word)
    return f"$'{quoted}'"


def this_command() -> str:
    """The command line of this process, such that a shell takes it again."""
    file = Path(sys.argv[0])
    # of `python -m`
    module = file.name == "__main__.py"
    program = ["python", "-m", file.parent.name] if module else [file.name]
    return shlex.join([*program, *sys.argv[1:]])


def say(text: str) -> None:
    """Prints a line at once."""
    print(text, flush=True)


class CountLine:
    """One line on standard error that counts; it rewrites itself on a terminal.

    Args:
        what: What is being done.
        total: The number at which it is done.
    """

    def __init__(self, what: str, total: int):
        self._what, self._total = what, total
        self._live = sys.stderr.isatty()

    def show(self, done: int) -> None:
        """Shows a number; elsewhere than on a terminal the last one alone."""
        text = f"{self._what}: {done} of {self._total}"
        last = done == self._total
        if self._live:
            print(f"\r{text}", end="\n" if last else "", file=sys.stderr, flush=True)
        elif last:
            print(text, file=sys.stderr)
