"""kpoc: does the new image model beat the baseline, by how much, for whom?

    import kpoc
    run = kpoc.train("portraits/baseline", epochs=3)
    comparison = kpoc.compare(["portraits/baseline", "portraits/lmf_denseweight"])

Importing `kpoc` loads no Keras; `kpoc.losses`, `kpoc.metrics`, `kpoc.optimizers` and
`kpoc.models` do, and work with any Keras backend.
"""

from __future__ import annotations

import importlib

from kpoc.ground.keras_settings import choose_backend
from kpoc.version import __version__

choose_backend()

_EXPORTS = {
    "Comparison": "kpoc.evaluation.comparison",
    "Recipe": "kpoc.recipe",
    "Run": "kpoc.runs.run",
    "build_manifest": "kpoc.protocols.build",
    "check_data": "kpoc.protocols.check",
    "compare": "kpoc.comparing.compare",
    "export": "kpoc.exporting.export",
    "load": "kpoc.models.loading",
    "load_recipe": "kpoc.recipe",
    "predict": "kpoc.inference.predict",
    "record": "kpoc.recording.record",
    "show_data": "kpoc.data_show.show",
    "train": "kpoc.training.train",
}

__all__ = ["__version__", *sorted(_EXPORTS)]


def __getattr__(name: str) -> object:
    """Imports a public name when it is first used."""
    if name not in _EXPORTS:
        raise AttributeError(f"module 'kpoc' has no attribute {name!r}")
    return getattr(importlib.import_module(_EXPORTS[name]), name)


def __dir__() -> list[str]:
    return __all__
