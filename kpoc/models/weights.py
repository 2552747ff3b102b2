"""Reading weight files, with errors that say what does not fit."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import h5py
import keras

IMAGENET = "imagenet"
"""What `keras.applications` calls the weights that it downloads."""


def of_keras(
    application: Callable[..., keras.Model], image_size: int, weights: str | None
) -> keras.Model:
    """A network of `keras.applications` without its classifier.

    Args:
        application: Makes it.
        image_size: Side of the images in pixels.
        weights: None, `imagenet` or the path of a file.

    Raises:
        ValueError: The file does not fit.
    """
    named = weights if weights == IMAGENET else None
    core = application(
        input_shape=(image_size, image_size, 3), include_top=False, weights=named
    )
    if weights and not named:
        load_file(core, weights)
    return core


def load_file(model: keras.Model, path: str) -> None:
    """Loads `path` (.weights.h5, or .h5 of Keras 2) into `model`.

    Raises:
        ValueError: It does not fit the model; says what of it.
    """
    try:
        with warnings.catch_warnings():
            # Keras also looks for groups of a format newer than the file's
            warnings.filterwarnings("ignore", message="Skipping nested container")
            model.load_weights(path)
    except (ValueError, KeyError, OSError) as error:
        first_lines = str(error).split("List of objects")[0].strip()
        raise ValueError(
            f"`weights` must be a file that fits the backbone {model.name} tensor by "
            f"tensor. Received: {path}: {first_lines}"
        ) from error


def layer_names(path: str) -> list[str]:
    """Names under which a .weights.h5 file of Keras 3 holds its layers.

    Raises:
        ValueError: It is no HDF5 file.
    """
    try:
        with h5py.File(path, "r") as file:
            return list(file.get("layers", ()))
    except OSError as error:
        raise ValueError(
            f"`weights` must be a whole HDF5 file. Received: {path}: {error}"
        ) from error
