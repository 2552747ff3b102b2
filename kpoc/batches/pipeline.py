"""Manifest rows to batches, by tf.data or by plain arrays, whatever Keras runs on.

Images are decoded and resized once, antialiased and rounded to grey levels as the
saved model does it, and kept in memory where they fit; else they are decoded again
each epoch. The batches are the same on every backend.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import keras
import psutil

from kpoc.batches.pipelines import BY_BACKEND, OTHERS
from kpoc.batches.rows import Rows, steps_per_epoch

if TYPE_CHECKING:
    import numpy as np

    from kpoc.augmentation.chain import Chain
    from kpoc.augmentation.views import Views

__all__ = [
    "MEMORY_SHARE",
    "Rows",
    "evaluation_batches",
    "evaluation_images",
    "fits_in_memory",
    "load_pixels",
    "steps_per_epoch",
    "training_batches",
    "view_batches",
]

MEMORY_SHARE = 0.4
"""Share of the free memory that `cache: auto` may take for decoded images."""


def fits_in_memory(images: int, image_size: int) -> bool:
    """Whether `cache: auto` keeps that many decoded images."""
    needed = images * image_size * image_size * 3
    return needed <= MEMORY_SHARE * psutil.virtual_memory().available


def _way() -> ModuleType:
    name = BY_BACKEND.get(keras.backend.backend(), OTHERS)
    return importlib.import_module(f"kpoc.batches.pipelines.{name}")


def load_pixels(
    paths: Sequence[str | Path],
    image_size: int,
    progress: Callable[[int], None] = lambda done: None,
    out: np.ndarray | None = None,
) -> np.ndarray:
    """Decodes all images into one array (n, image_size, image_size, 3), uint8.

    Args:
        paths: Image files.
        image_size: Side of the result in pixels.
        progress: Called with the number of images done, now and then.
        out: The array to fill; by default a new one.

    Raises:
        ValueError: An image cannot be decoded.
    """
    return _way().load_pixels(paths, image_size, progress, out)


def evaluation_images(rows: Rows, batch_size: int) -> Iterable:
    """Images of all rows in order, never augmented, the last batch partial."""
    return _way().evaluation_images(rows, batch_size)


def evaluation_batches(rows: Rows, batch_size: int) -> Iterable:
    """Images as `evaluation_images` gives them, with their labels."""
    return _way().evaluation_batches(rows, batch_size)


def training_batches(
    rows: Rows,
    batch_size: int,
    *,
    seed: int,
    first_step: int = 0,
    epochs: int,
    augmentations: Chain | None = None,
) -> Iterable:
    """Epochs of shuffled, augmented, full batches, one after the other.

    What epoch k holds depends on (seed, k, row) alone. Rows that fill no whole batch
    are left out of an epoch, other ones in each. Fit with `steps_per_epoch` of them.

    Args:
        rows: The training rows.
        batch_size: Images a batch.
        seed: Seed of order and augmentation.
        first_step: The first batch to give, counted from 0 over all epochs.
        epochs: The number of epochs at which training ends.
        augmentations: What is done to each image. If they need the original images,
            these are decoded again each epoch, whatever is kept.

    Returns:
        What Keras fits; its `repeat()` has no end.

    Raises:
        ValueError: Fewer rows than one batch.
    """
    return _way().training_batches(
        rows,
        batch_size,
        seed=seed,
        first_step=first_step,
        epochs=epochs,
        augmentations=augmentations,
    )


def view_batches(
    rows: Rows,
    batch_size: int,
    views: Sequence[Views],
    *,
    seed: int,
    first_step: int = 0,
    epochs: int,
    labelled: bool = False,
) -> Iterable:
    """Several views of each image, from one decode: for SimCLR, DINO and their like.

    What a view holds depends on (seed, epoch, row, number of the view) alone, the views
    of all kinds being counted through.

    Args:
        rows: The rows, with or without labels.
        batch_size: Images a batch.
        views: Kinds of views, e.g. two global and six local crops.
        seed: Seed of order and augmentation.
        first_step: The first batch to give, counted from 0 over all epochs.
        epochs: The number of epochs at which training ends.
        labelled: Whether labels come along.

    Returns:
        What Keras fits; its `repeat()` has no end. Batches of views by the name of the
        kind, (B, number, size, size, 3) uint8 each; with labels pairs of such views and
        labels by target.

    Raises:
        ValueError: Fewer rows than one batch, or two kinds of the same name.

    Example:
        >>> from kpoc.augmentation.chain import make_augmentations
        >>> from kpoc.augmentation.views import Views
        >>> from kpoc.ground.schema import Component
        >>> crops = make_augmentations([Component(name="random_resized_crop")])
        >>> two = [Views(crops, number=2, size=224)]
        >>> view_batches(rows, 64, two, seed=0, epochs=100)  # doctest: +SKIP
    """
    return _way().view_batches(
        rows,
        batch_size,
        views,
        seed=seed,
        first_step=first_step,
        epochs=epochs,
        labelled=labelled,
    )
