"""What is said of a plug-in that cannot be used."""

from __future__ import annotations

import traceback

from kpoc.ground.errors import UserError
from kpoc.ground.text import first_line


class PluginError(UserError, ValueError):
    """A plug-in that is not there, fails, has changed or was not allowed."""


def failed(name: str, file: str, error: BaseException) -> PluginError:
    """The error of a plug-in whose code raised one.

    Args:
        name: The plug-in's.
        file: Its file.
        error: What was raised.

    Returns:
        One line: the last one of the traceback, and where in the plug-in it came from.
    """
    lines = [
        frame.lineno
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename == file
    ]
    if isinstance(error, SyntaxError) and error.filename == file:
        lines.append(error.lineno)
    place = f"{file}, line {lines[-1]}" if lines else file
    # of a syntax error the text holds the place already
    text = error.msg if isinstance(error, SyntaxError) else first_line(error)
    said = f"{type(error).__name__}: {text}".removesuffix(": ")
    return PluginError(f"the plug-in {name} cannot be used: {said} ({place})")
