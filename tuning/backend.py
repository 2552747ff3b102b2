"""A process that searches needs KerasTuner, and that needs Keras, but no backend."""

from __future__ import annotations

import importlib.util
import os

from kpoc.ground.streams import quiet


def without_backend() -> None:
    """Imports Keras over NumPy, unless it is imported already.

    What is trained is trained by workers, which choose their backend as ever: the
    environment stays as it was, and no accelerator is taken by the search. Keras' NumPy
    borrows a function from its JAX; where JAX is not installed, Keras comes with the
    backend of the environment, which takes longer to import and is not asked to
    compute anything.
    """
    asked = os.environ.get("KERAS_BACKEND")
    if importlib.util.find_spec("jax") is not None:
        os.environ["KERAS_BACKEND"] = "numpy"
    try:
        with quiet():
            import keras  # noqa: F401
    finally:
        os.environ.pop("KERAS_BACKEND", None)
        if asked is not None:
            os.environ["KERAS_BACKEND"] = asked
