"""Output to terminals and pipes of any encoding."""

from __future__ import annotations

import codecs
import sys

_PLAIN = {"\N{MINUS SIGN}": "-", "\N{EN DASH}": "-", "\N{UPWARDS ARROW}": "^"}
_PLAIN |= {"\N{DOWNWARDS ARROW}": "v"}
_ERRORS = "kpoc.plain"


def accept_all_text() -> None:
    """Lets text through that the output's encoding lacks: plain, or by its number.

    A command must not end over a letter that its terminal has no code for, after all
    the work.
    """
    codecs.register_error(_ERRORS, _plain)
    for stream in (sys.stdout, sys.stderr):
        # a notebook's, or a test's, are no files
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=_ERRORS)


def _plain(error: UnicodeError) -> tuple[str, int]:
    signs = error.object[error.start : error.end]
    numbers = (sign.encode("ascii", "backslashreplace").decode() for sign in signs)
    plain = map(_PLAIN.get, signs, numbers)
    return "".join(plain), error.end
