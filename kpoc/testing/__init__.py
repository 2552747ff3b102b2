"""Contract tests: one for each kind of thing that a file may register.

They are plain functions that raise `AssertionError`, for the tests of kpoc and for
those of whoever brings a method of their own.
"""

from __future__ import annotations

import importlib

_EXPORTS = {
    f"check_{kind}": f"kpoc.testing.{kind}"
    for kind in (
        "augmentation",
        "backbone",
        "loss",
        "metric",
        "objective",
        "optimizer",
        "score",
        "section",
        "source",
        "step",
    )
}

__all__ = sorted(_EXPORTS)  # noqa: PLE0605


def __getattr__(name: str) -> object:
    """Imports a check when it is first used: not all of them need Keras."""
    if name not in _EXPORTS:
        raise AttributeError(f"module 'kpoc.testing' has no attribute {name!r}")
    return getattr(importlib.import_module(_EXPORTS[name]), name)
