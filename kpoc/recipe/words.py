"""Words of a command line: which change a key of the recipe, which name a recipe."""

from __future__ import annotations

from pathlib import Path

from kpoc.ground.schema import SchemaError
from kpoc.ground.yaml_files import is_path

_PROTOCOL = "task.protocol"


def is_override(word: str) -> bool:
    """Whether a word is KEY=VALUE; else it names a recipe, which may hold a `=` too.

    Args:
        word: As it was given.

    Raises:
        SchemaError: It may be meant as a recipe, yet is no file: to take it for the
            value of a key would train another recipe without a word.

    Example:
        >>> is_override("epochs=3"), is_override("task.protocol=mine.yaml")
        (True, True)
        >>> is_override("faces/baseline")
        False
    """
    key, equals, value = word.partition("=")
    if not equals or (is_path(word) and Path(word).is_file()):
        return False
    if is_path(value) and key != _PROTOCOL:
        raise SchemaError(
            f"KEY=VALUE must not end as a recipe's file does, but for `{_PROTOCOL}`. "
            f"Received: {word}, which is no file here either; a recipe is given by its "
            f"path alone, as {value}, and is called by its own key `name`"
        )
    return True
