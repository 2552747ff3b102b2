"""What each step of a training is made of, as a function of its number alone.

The pipelines of all backends take it from here, so that they give the same batches.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence

import cv2
import numpy as np

from kpoc.augmentation.chain import Chain
from kpoc.augmentation.files import augment_files
from kpoc.augmentation.opencv import augment
from kpoc.augmentation.views import (
    Views,
    require_distinct,
    views_of_files,
    views_of_images,
)
from kpoc.batches.order import epoch_order
from kpoc.batches.rows import Rows, steps_per_epoch
from kpoc.pictures.decode import read_image
from kpoc.pictures.resize import to_size


class TrainingSteps:
    """Epochs of shuffled, augmented, full batches, one after the other.

    What epoch k holds depends on (seed, k, row) alone. Rows that fill no whole batch
    are left out of an epoch, other ones in each.

    Args:
        rows: The training rows, with what says how they are drawn.
        batch_size: Images a batch.
        seed: Seed of order and augmentation.
        augmentations: What is done to each image.

    Attributes:
        per_epoch: Steps an epoch.
        from_source: Whether `images` takes the images from where they are, and not
            from what is handed to it, which would be copied once more.

    Raises:
        ValueError: Fewer rows than one batch.
    """

    def __init__(
        self,
        rows: Rows,
        batch_size: int,
        *,
        seed: int,
        augmentations: Chain | None = None,
    ):
        self.rows, self.batch_size, self.seed = rows, batch_size, seed
        self.augmentations = augmentations or None
        self.per_epoch = steps_per_epoch(rows, batch_size)
        self._originals = bool(augmentations) and augmentations.needs_originals
        kept = rows.pixels is not None
        self.from_source = bool(augmentations) and (self._originals or kept)
        self._order = functools.lru_cache(maxsize=2)(self._order_of)
        # threads take a batch each: OpenCV's own would come on top
        cv2.setNumThreads(1)

    def _order_of(self, epoch: int) -> np.ndarray:
        if self.rows.sampler:
            return self.rows.sampler.order(self.seed, epoch)
        return epoch_order(len(self.rows), self.seed, epoch)

    def choose(self, step: int) -> np.ndarray:
        """The row numbers of a step, counted from 0 over all epochs; (B,) int64.

        Where the rows have a share, it is that of them.
        """
        epoch, position = divmod(int(step), self.per_epoch)
        start = position * self.batch_size
        index = self._order(epoch)[start : start + self.batch_size]
        share = self.rows.share
        return share.of(index, self.batch_size) if share else index

    def images(
        self, step: int, index: np.ndarray, images: np.ndarray | None = None
    ) -> np.ndarray:
        """The images of a step, augmented.

        Args:
            step: The step.
            index: The row numbers that `choose` gives for it.
            images: The images of these rows, (B, S, S, 3); not needed `from_source`.
        """
        if self.augmentations is None:
            return images
        function, source = augment, images
        if self._originals:
            function, source = augment_files, [self.rows.paths[i] for i in index]
        elif self.from_source:
            source = [self.rows.pixels[i] for i in index]
        size, epoch = (self.rows.image_size,) * 2, int(step) // self.per_epoch
        return function(
            source, self.augmentations, index, size=size, seed=self.seed, epoch=epoch
        )


class ViewSteps(TrainingSteps):
    """Steps of which each image is shown in several views, made from one decode.

    Args:
        rows: The rows, with what says how they are drawn.
        batch_size: Images a batch.
        views: Kinds of views.
        seed: Seed of order and augmentation.

    Raises:
        ValueError: Fewer rows than one batch.
    """

    def __init__(
        self, rows: Rows, batch_size: int, views: Sequence[Views], *, seed: int
    ):
        super().__init__(rows, batch_size, seed=seed)
        self.kinds = require_distinct(views)
        self._originals = any(each.augmentations.needs_originals for each in views)

    def views(self, step: int, index: np.ndarray) -> dict[str, np.ndarray]:
        """The views of a step by kind, (B, number, size, size, 3) uint8 each.

        Args:
            step: The step.
            index: The row numbers that `choose` gives for it.
        """
        how = {"seed": self.seed, "epoch": int(step) // self.per_epoch}
        paths = [self.rows.paths[i] for i in index]
        if self._originals:
            return views_of_files(paths, self.kinds, index, **how)
        if self.rows.pixels is not None:
            images = [self.rows.pixels[i] for i in index]
        else:
            images = [to_size(read_image(path), self.rows.image_size) for path in paths]
        return views_of_images(images, self.kinds, index, **how)


def gather(columns: Mapping[str, np.ndarray], index: np.ndarray | slice) -> dict:
    """The values of some rows in each column."""
    return {name: values[index] for name, values in columns.items()}
