"""Manifests, the protocols that make them, and the sources of images."""

from __future__ import annotations

import importlib

_EXPORTS = {
    "Column": "manifest",
    "Manifest": "manifest",
    "ManifestError": "manifest",
    "Protocol": "protocol",
    "ProtocolError": "step",
    "SourceError": "source",
    "build_manifest": "build",
    "find_unreadable": "images",
    "init_task": "init",
    "load_protocol": "protocol",
    "protocol_names": "protocol",
    "stable_hash": "hashing",
    "stable_unit": "hashing",
}

__all__ = sorted(_EXPORTS)


def __getattr__(name: str) -> object:
    """Imports a public name when it is first used."""
    if name not in _EXPORTS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_EXPORTS[name]}"), name)


def __dir__() -> list[str]:
    return __all__
