"""Loading saved models, whatever was imported before."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras


def load(path: str | Path) -> keras.Model:
    """Loads a model that was saved with objects of kpoc.

    Keras loads classes of its own only; this registers kpoc's first. Nothing is
    unpickled: Keras' safe mode stays on.

    Args:
        path: A `.keras` file, or a run directory.

    Returns:
        The model.

    Raises:
        FileNotFoundError: There is no such file.
    """
    import keras

    import kpoc.layers
    import kpoc.losses
    import kpoc.metrics
    import kpoc.models
    import kpoc.optimizers  # noqa: F401

    kpoc.models.backbone_names()  # their files have layers of their own
    path = Path(path)
    if path.is_dir():
        path = path / "model.keras"
    if not path.is_file():
        raise FileNotFoundError(f"`path` must be a saved model. Received: {path}")
    return keras.saving.load_model(path)
