"""Output to terminals and pipes of any encoding."""

from __future__ import annotations

import sys


def accept_all_text() -> None:
    """Lets text that the output's encoding lacks through: its number for a sign.

    A command must not end over a letter that its terminal has no code for, after all
    the work.
    """
    for stream in (sys.stdout, sys.stderr):
        # a notebook's, or a test's, are no files
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
