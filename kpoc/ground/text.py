"""Text for terminals."""

from __future__ import annotations

import json
import re
import reprlib
import shlex
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

_LINE = 1_600
_LINES = 40
_SCREEN = 4_000


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


# a hyphen is a sign at the start of a band's ends, else a part of the name
_NUMBERS = re.compile(r"(?:(?<![\w-])|(?<=\d-))-\d+|\d+|\D")


def natural_order(names: Iterable[str]) -> list[str]:
    """Names sorted with their numbers as numbers.

    Example:
        >>> natural_order(["11-20", "1-10", "101-110"])
        ['1-10', '11-20', '101-110']
        >>> natural_order(["-5-5", "-20--6"])
        ['-20--6', '-5-5']
    """

    def key(name: str) -> list[tuple[int, int, str]]:
        parts = _NUMBERS.findall(name)
        return [
            (0, int(p), "") if p.lstrip("-").isdigit() else (1, 0, p) for p in parts
        ]

    return sorted(names, key=key)


# controls but tab and line feed; what turns the direction of text (Unicode's "Trojan
# Source"); what has no width, less the joiners that Persian and emoji need; lone halves
# of characters, which no file can hold
_HIDDEN = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f"
)
_UNSEEN, _UNSEEN_IN_LINE = (re.compile(f"[{own}{_HIDDEN}]") for own in ("", "\t\n"))


def visible(text: str) -> str:
    r"""A name or a value in one line, with nothing in it that is hidden or acts.

    Control characters, line ends, marks that turn the direction of writing, what has no
    width and bytes that are no UTF-8 stand as Python writes them in a literal. Letters
    of scripts that run from right to left stay.

    Example:
        >>> print(visible("cat.png"), visible("a" + chr(10) + "b"), visible(chr(27)))
        cat.png a\nb \x1b
        >>> print(visible("cat\u202egpj.exe"))
        cat\u202egpj.exe
    """
    return _UNSEEN_IN_LINE.sub(_escaped, text)


def visible_lines(text: str) -> str:
    """The same of a text of several lines, which stay lines; tabs stay too."""
    return _UNSEEN.sub(_escaped, text)


def _escaped(found: re.Match) -> str:
    return ascii(found[0])[1:-1]


def visible_json(text: str) -> str:
    """JSON that says the same, with nothing in it that acts on a terminal."""
    return "\n".join(
        "".join(c if visible(c) == c else json.dumps(c)[1:-1] for c in line)
        for line in text.split("\n")
    )


def shown(value: object) -> str:
    """What was received, at most some 80 characters of it, however much that is.

    Example:
        >>> shown("cat"), len(shown("cat" * 100_000)) <= 80
        ("'cat'", True)
    """
    return _shorten(_SHORT.repr(value), 80)


def one_screen(text: str) -> str:
    """A message with head and tail of its long lines, and of itself if it is long.

    Example:
        >>> len(one_screen("x" * 400_000)) < 2_000
        True
    """
    lines = [_shorten(line, _LINE) for line in text.split("\n")]
    kept = lines[:_LINES]
    while len(kept) > 2 and sum(map(len, kept)) > _SCREEN:
        kept.pop()
    if left_out := len(lines) - len(kept):
        # the end may say what to do
        kept[-1:] = [f"... ({left_out} lines more)", lines[-1]]
    return "\n".join(kept)


def first_line(error: BaseException) -> str:
    """What an error of another library says, without all that follows."""
    lines = str(error).strip().splitlines() or [""]
    return _shorten(lines[0], 200)


def _shorten(line: str, length: int) -> str:
    if len(line) <= length:
        return line
    middle = f" ... ({len(line):,} characters) ... "
    tail = (length - len(middle)) // 3
    return line[: length - len(middle) - tail] + middle + line[len(line) - tail :]


class _Short(reprlib.Repr):
    """Looks into a value only as far as is shown."""

    def __init__(self):
        super().__init__()
        self.maxlevel, self.maxstring, self.maxother = 4, 200, 200
        for kind in ("dict", "list", "tuple", "set"):
            setattr(self, f"max{kind}", 12)

    def repr_int(self, value: int, level: int) -> str:
        # Python writes no more than some thousand digits
        large = value.bit_length() > 256
        return f"a number of {value.bit_length()} bits" if large else repr(value)


_SHORT = _Short()


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
