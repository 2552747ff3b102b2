"""Output to terminals and pipes of any encoding, and none at all."""

from __future__ import annotations

import codecs
import contextlib
import os
import sys
from collections.abc import Iterator

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


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Turns the process's output off, also for what native code writes there.

    Python's own errors still come through: they are raised.
    """
    streams = sys.stdout, sys.stderr
    for stream in streams:
        stream.flush()
    saved, nowhere = (os.dup(1), os.dup(2)), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        for stream in streams:
            stream.flush()
        for descriptor, before in enumerate(saved, start=1):
            os.dup2(before, descriptor)
            os.close(before)
        os.close(nowhere)


def _plain(error: UnicodeError) -> tuple[str, int]:
    signs = error.object[error.start : error.end]
    numbers = (sign.encode("ascii", "backslashreplace").decode() for sign in signs)
    plain = map(_PLAIN.get, signs, numbers)
    return "".join(plain), error.end
