"""A process that searches needs KerasTuner, and that needs Keras, but no backend."""

from __future__ import annotations

import os


def without_backend() -> None:
    """Imports Keras over NumPy, unless it is imported already.

    What is trained is trained by workers, which choose their backend as ever: the
    environment stays as it was, and no accelerator is taken by the search.
    """
    asked = os.environ.get("KERAS_BACKEND")
    os.environ["KERAS_BACKEND"] = "numpy"
    try:
        import keras  # noqa: F401
    finally:
        if asked is None:
            del os.environ["KERAS_BACKEND"]
        else:
            os.environ["KERAS_BACKEND"] = asked
