"""What a chief and its workers say to each other beside KerasTuner's calls.

KerasTuner's service hands out trials (`CreateTrial`), takes their epochs
(`UpdateTrial`, whose answer says whether to stop) and their end (`EndTrial`). It has no
room for

- `Join`: what a worker believes to be searching, and how that differs from the chief's;
- `Renew`: that a worker is alive while an epoch lasts, and still has its trial;
- `Keep`: what a trial gave, all of it: `EndTrial` drops why a trial failed, and has no
  word for times and costs.

These three are JSON, over the same connection. Who calls, and a digest of what it
believes to be searching, goes with every call as metadata.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

import grpc
from keras_tuner.src.engine import conditions

from kpoc.version import __version__

_NAME = "kpoc.Search"
_METHODS = ("Join", "Renew", "Keep")
WORKER, SEARCH = "worker", "search"
"""Keys of a call's metadata."""

# KerasTuner prints a value of each condition that it sends
conditions.print = lambda *values: None


def identity(definition: Mapping[str, Any]) -> dict[str, Any]:
    """What must be the same for a worker to be let in, as JSON has it."""
    return json.loads(json.dumps({"kpoc": __version__, **definition}))


def digest(identified: Mapping[str, Any]) -> str:
    """A short name of what `identity` gives.

    Example:
        >>> digest({"seed": 0, "method": "random"}) == digest({"method": "random"})
        False
    """
    text = json.dumps(identified, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _pack(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content).encode()


def add_handlers(server: grpc.Server, chief: object) -> None:
    """Has a server answer these calls by the chief's methods of the same names."""
    handlers = {
        name: grpc.unary_unary_rpc_method_handler(
            getattr(chief, name), json.loads, _pack
        )
        for name in _METHODS
    }
    server.add_generic_rpc_handlers(
        [grpc.method_handlers_generic_handler(_NAME, handlers)]
    )


def calls(channel: grpc.Channel) -> dict[str, Callable[..., dict[str, Any]]]:
    """These calls, by name."""
    return {
        name: channel.unary_unary(f"/{_NAME}/{name}", _pack, json.loads)
        for name in _METHODS
    }
