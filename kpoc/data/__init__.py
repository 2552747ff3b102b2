"""Manifests, the protocols that make them, and the sources of images."""

from __future__ import annotations

import importlib

_EXPORTS = {
    "Column": "kpoc.protocols.manifest",
    "Manifest": "kpoc.protocols.manifest",
    "ManifestError": "kpoc.protocols.manifest",
    "Protocol": "kpoc.protocols.protocol",
    "ProtocolError": "kpoc.protocols.step",
    "SourceError": "kpoc.sources.source",
    "build_manifest": "kpoc.protocols.build",
    "find_unreadable": "kpoc.pictures.images",
    "init_task": "kpoc.data_init",
    "load_protocol": "kpoc.protocols.protocol",
    "protocol_names": "kpoc.protocols.protocol",
    "stable_hash": "kpoc.ground.hashing",
    "stable_unit": "kpoc.ground.hashing",
}

__all__ = sorted(_EXPORTS)


def __getattr__(name: str) -> object:
    """Imports a public name when it is first used."""
    if name not in _EXPORTS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_EXPORTS[name]), name)


def __dir__() -> list[str]:
    return __all__
