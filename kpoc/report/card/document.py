"""Markdown of a card: tables, and text that cannot break them."""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from kpoc.ground.files import atomic
from kpoc.ground.text import for_shell, visible

# An underscore within a word is no emphasis, and names are full of them.
_SPECIAL = re.compile(r"[\\*|]|(?<!\w)_|_(?!\w)|~~|(?<=\])\(")
_AT_START = re.compile(r"^(\d*)([#>+.)=-])(?=\s|$|#)")


@dataclass(frozen=True)
class Grid:
    """One table of a card.

    Attributes:
        header: Titles of the columns.
        rows: Cells, as many as titles in each row.
        title: What it shows, for the line above it.
        numbers: How many columns at its end hold numbers.
    """

    header: list[str]
    rows: list[list[str]]
    title: str = ""
    numbers: int = 0

    @property
    def rule(self) -> list[str]:
        """The line below the titles, by which Markdown aligns."""
        text = len(self.header) - self.numbers
        return ["---"] * text + ["---:"] * self.numbers


@dataclass(frozen=True)
class Card:
    """What stands in a card, in words.

    Attributes:
        title: Name of the model.
        summary: Paragraphs at its top.
        synthetic: Whether the pictures are drawn by code.
        model: (label, text) of what the model is.
        outputs: What it predicts.
        text: The protocol's `card`: `intended_use`, `out_of_scope`, `ethics`, `limits`.
        data: (label, text) of where the rows come from.
        tables_of_data: Steps of the protocol, labels by split.
        training: (label, text) of how it was trained.
        measured: Paragraphs on what the results are of, and are worth.
        results: Tables of results.
        limits: What the figures at hand say of their own limits.
        runs: Run directories that hold the model, "." for the card's own folder; none
            for somebody else's.
    """

    title: str
    summary: list[str]
    synthetic: bool
    model: list[tuple[str, str]]
    outputs: Grid | None
    text: dict[str, list[str]]
    data: list[tuple[str, str]]
    tables_of_data: list[Grid]
    training: list[tuple[str, str]]
    measured: list[str]
    results: list[Grid]
    limits: list[str]
    runs: list[str] = field(default_factory=list)


def plain(text: object) -> str:
    r"""Text that Markdown shows as it is, on one line and in one cell.

    Example:
        >>> plain("a < b")
        'a &lt; b'
        >>> print(plain("1. [a_b](c) *x*"))
        1\. [a_b]\(c) \*x\*
    """
    line = visible(" ".join(str(text).split()))
    line = _SPECIAL.sub(r"\\\g<0>", line.replace("&", "&amp;").replace("<", "&lt;"))
    return _AT_START.sub(r"\1\\\2", line)


def _code(text: str) -> str:
    """Code within a line, in more backticks than stand in it."""
    line = visible(" ".join(text.split()))
    longest = max(map(len, re.findall("`+", line)), default=0)
    fence, space = "`" * (longest + 1), " " * bool(longest)
    return f"{fence}{space}{line}{space}{fence}"


def write_card(card: Card, path: str | os.PathLike) -> Path:
    """Writes a card, all of it or nothing."""
    path = Path(path)
    with atomic(path) as part:
        part.write_text(render_card(card), encoding="utf-8", newline="\n")
    return path


def render_card(card: Card) -> str:
    """The Markdown; the same card gives the same text."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("kpoc.report", "templates"),
        autoescape=False,  # noqa: S701 (Markdown, not HTML: `plain` guards the names)
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["plain"] = plain
    environment.filters["word"] = for_shell
    environment.filters["code"] = _code
    text = environment.get_template("card.md.jinja").render(card=card)
    return re.sub(r"\n{3,}", "\n\n", text)
