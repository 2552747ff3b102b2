"""JSON files that may come from anybody: read with one kind of error."""

from __future__ import annotations

import json
from pathlib import Path

from kpoc.ground.schema import SchemaError


def read_json(path: Path) -> dict:
    """Reads a JSON file whose top level is a mapping.

    Raises:
        SchemaError: It is none.
        OSError: It cannot be read.
    """
    return parse_json(path.read_bytes(), str(path))


def parse_json(text: bytes, source: str) -> dict:
    """Parses JSON whose top level is a mapping.

    Args:
        text: The text, in UTF-8.
        source: What errors call it.

    Raises:
        SchemaError: It is none.

    Example:
        >>> parse_json(b'{"seed": 0}', "the example")
        {'seed': 0}
    """
    try:
        value = json.loads(text.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise SchemaError(f"{source} must be valid JSON. Received: {error}") from error
    if not isinstance(value, dict):
        raise SchemaError(
            f"{source} must hold a mapping of keys to values. "
            f"Received: {type(value).__name__}"
        )
    return value
