"""Loading saved models, whatever was imported before."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from kpoc.ground.errors import UserError
from kpoc.ground.run_files import MODEL
from kpoc.ground.text import first_line
from kpoc.plugins import load_of_run

if TYPE_CHECKING:
    import keras


class LoadError(UserError, ValueError):
    """A file that Keras cannot make a model of."""


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
        LoadError: It holds no model, or one of other classes than Keras' and kpoc's.
        PluginError: It is the model of a run that needs a plug-in which is not allowed.
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
        path = path / MODEL
    if not path.is_file():
        raise FileNotFoundError(f"`path` must be a saved model. Received: {path}")
    load_of_run(path.parent)
    try:
        return keras.saving.load_model(path)
    except MemoryError:
        raise
    except Exception as error:
        # of a file that is odd Keras says so by errors of any type
        raise LoadError(
            "`path` must be a model that Keras can load. Received: "
            f"{path}: {type(error).__name__}: {first_line(error)}"
        ) from error
