"""Several views of each image, of one or more kinds, from one decode."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kpoc.augmentation.chain import Chain
from kpoc.augmentation.files import Files
from kpoc.augmentation.opencv import augment, execute


@dataclass(frozen=True)
class Views:
    """One kind of views.

    Attributes:
        augmentations: What is done to each, at least one augmentation.
        number: How many of them there are of an image.
        size: Their side in pixels.
        name: What they are called in a batch.

    Raises:
        ValueError: Nothing is done, or a number is less than 1.
    """

    augmentations: Chain
    number: int = 2
    size: int = 224
    name: str = "views"

    def __post_init__(self):
        if not len(self.augmentations):
            raise ValueError(
                "`augmentations` must hold an augmentation, or all views are the same. "
                "Received: none"
            )
        if self.number < 1 or self.size < 1:
            raise ValueError(
                "`number` and `size` must be 1 or more. "
                f"Received: {self.number} and {self.size}"
            )

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """The shape of an image's views."""
        return self.number, self.size, self.size, 3


def require_distinct(views: Sequence[Views]) -> tuple[Views, ...]:
    """The kinds of views, checked.

    Raises:
        ValueError: There are none, or two of the same name.
    """
    names = [each.name for each in views]
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice or not names:
        raise ValueError(
            f"`views` must hold kinds with names of their own. Received: {names}"
        )
    return tuple(views)


def _first(views: Sequence[Views]) -> list[int]:
    """The number of the first view of each kind."""
    return [0, *np.cumsum([each.number for each in views]).tolist()][:-1]


def views_of_images(
    images: Sequence[np.ndarray],
    views: Sequence[Views],
    rows: np.ndarray,
    *,
    seed: int,
    epoch: int,
) -> dict[str, np.ndarray]:
    """Views of images that are decoded.

    Args:
        images: uint8 RGB of shape (H, W, 3) each, of any sizes.
        views: Kinds of views.
        rows: Row numbers of the images, (B,).
        seed: Seed of the training.
        epoch: Epoch, counted from 0.

    Returns:
        By kind (B, number, size, size, 3) uint8.
    """
    made = {}
    for each, first in zip(views, _first(views), strict=True):
        pictures = augment(
            images,
            each.augmentations,
            rows,
            size=(each.size, each.size),
            seed=seed,
            epoch=epoch,
            views=each.number,
            first_view=first,
        )
        made[each.name] = pictures.reshape(len(rows), *each.shape)
    return made


def views_of_files(
    paths: Sequence[str | Path],
    views: Sequence[Views],
    rows: np.ndarray,
    *,
    seed: int,
    epoch: int,
) -> dict[str, np.ndarray]:
    """Views straight from the files, as `views_of_images` gives them.

    Each file is decoded once, a large one to no more pixels than its finest view needs
    where its format allows that.

    Args:
        paths: Image files.
        views: Kinds of views.
        rows: Row numbers of the images, (B,).
        seed: Seed of the training.
        epoch: Epoch, counted from 0.

    Raises:
        OSError: A file can't be read.
        ValueError: A file holds no whole image.
    """
    files, plans = Files(paths), []
    for each, first in zip(views, _first(views), strict=True):
        sides = np.repeat(files.sides, each.number, axis=0)
        draws = each.augmentations.draws(
            rows, seed=seed, epoch=epoch, views=each.number, first_view=first
        )
        size = (each.size, each.size)
        plans.append(each.augmentations.plan(draws, tuple(sides.T), size))
    finest = [plan.fineness().reshape(len(rows), -1).min(axis=1) for plan in plans]
    images = files.read(np.min(finest, axis=0))
    made = {}
    for each, plan in zip(views, plans, strict=True):
        shown = [image for image in images for _ in range(each.number)]
        pictures = execute(shown, plan, each.augmentations.fill)
        made[each.name] = pictures.reshape(len(rows), *each.shape)
    return made
