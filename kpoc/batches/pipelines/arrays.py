"""Rows to batches with plain arrays and threads, for any backend of Keras."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import keras
import numpy as np

from kpoc.augmentation.chain import Chain
from kpoc.augmentation.views import Views
from kpoc.batches.rows import Rows
from kpoc.batches.training_steps import TrainingSteps, ViewSteps, gather
from kpoc.ground.threads import in_threads
from kpoc.pictures.decode import read_image
from kpoc.pictures.resize import to_size

_CHUNK = 256


class Batches(keras.utils.PyDataset):
    """Batches that a function makes of their numbers, the next ones ahead of time.

    It has threads of its own: Keras' begin again at 0 in every epoch of a dataset that
    has no end.

    Args:
        make: Gives the batch of a number; called in several threads.
        count: Number of batches.
        threads: Number of threads; by default that of the processors. What comes out
            does not depend on it.
        endless: Whether the first batch follows the last one again.
    """

    def __init__(
        self,
        make: Callable[[int], Any],
        count: int,
        *,
        threads: int | None = None,
        endless: bool = False,
    ):
        super().__init__()
        self._make, self._count, self._endless = make, count, endless
        self._threads = threads or os.cpu_count() or 1
        self._pool = ThreadPoolExecutor(self._threads)
        self._ahead: dict[int, Future] = {}

    @property
    def num_batches(self) -> int | None:
        """Number of batches; None without end."""
        return None if self._endless else self._count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, number: int) -> Any:
        end = number + 1 + self._threads
        wanted = range(number, end if self._endless else min(end, self._count))
        for old in self._ahead.keys() - set(wanted):
            self._ahead.pop(old).cancel()
        for new in wanted:
            if new not in self._ahead:
                task = self._pool.submit(self._make, new % self._count)
                self._ahead[new] = task
        return self._ahead.pop(number).result()

    def repeat(self) -> Batches:
        """The same batches without end."""
        return Batches(self._make, self._count, threads=self._threads, endless=True)


def load_pixels(
    paths: Sequence[str | Path],
    image_size: int,
    progress: Callable[[int], None] = lambda done: None,
    out: np.ndarray | None = None,
) -> np.ndarray:
    """See `kpoc.batches.pipeline.load_pixels`."""
    shape = (len(paths), image_size, image_size, 3)
    pixels = np.empty(shape, np.uint8) if out is None else out

    def load(number: int) -> None:
        pixels[number] = to_size(read_image(paths[number]), image_size)

    for done, _ in enumerate(in_threads(load, range(len(paths)), os.cpu_count()), 1):
        if done % _CHUNK == 0 or done == len(paths):
            progress(done)
    return pixels


def _images(rows: Rows, index: np.ndarray) -> np.ndarray:
    if rows.pixels is not None:
        return rows.pixels[index]
    return np.stack(
        [to_size(read_image(rows.paths[i]), rows.image_size) for i in index]
    )


def _parts(rows: Rows, batch_size: int) -> list[np.ndarray]:
    numbers = np.arange(len(rows))
    starts = range(0, len(rows), batch_size)
    return [numbers[start : start + batch_size] for start in starts]


def evaluation_images(rows: Rows, batch_size: int) -> Batches:
    """See `kpoc.batches.pipeline.evaluation_images`."""
    parts = _parts(rows, batch_size)
    return Batches(lambda number: _images(rows, parts[number]), len(parts))


def evaluation_batches(rows: Rows, batch_size: int) -> Batches:
    """See `kpoc.batches.pipeline.evaluation_batches`."""
    parts = _parts(rows, batch_size)
    if rows.share:
        parts = [rows.share.of(part, batch_size) for part in parts]

    def make(number: int) -> tuple:
        index = parts[number]
        return _images(rows, index), gather(rows.columns, index)

    return Batches(make, len(parts))


def training_batches(
    rows: Rows,
    batch_size: int,
    *,
    seed: int,
    first_step: int = 0,
    epochs: int,
    augmentations: Chain | None = None,
) -> Batches:
    """See `kpoc.batches.pipeline.training_batches`."""
    steps = TrainingSteps(rows, batch_size, seed=seed, augmentations=augmentations)

    def make(number: int) -> tuple:
        step = first_step + number
        index = steps.choose(step)
        images = None if steps.from_source else _images(rows, index)
        batch = steps.images(step, index, images), gather(rows.columns, index)
        return batch if rows.weights is None else (*batch, gather(rows.weights, index))

    return Batches(make, epochs * steps.per_epoch - first_step)


def view_batches(
    rows: Rows,
    batch_size: int,
    views: Sequence[Views],
    *,
    seed: int,
    first_step: int = 0,
    epochs: int,
    labelled: bool = False,
) -> Batches:
    """See `kpoc.batches.pipeline.view_batches`."""
    steps = ViewSteps(rows, batch_size, views, seed=seed)

    def make(number: int) -> dict | tuple:
        step = first_step + number
        index = steps.choose(step)
        images = steps.views(step, index)
        return (images, gather(rows.columns, index)) if labelled else images

    return Batches(make, epochs * steps.per_epoch - first_step)
