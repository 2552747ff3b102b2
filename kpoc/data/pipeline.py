"""Manifest rows to batches: tf.data over decoded pixels.

Images are decoded and resized once, antialiased and rounded to grey levels as the
saved model does it, and kept in memory where they fit; else they are decoded again
each epoch.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import psutil
import tensorflow as tf

from kpoc.data.augmentation.chain import Chain
from kpoc.data.augmentation.files import augment_files
from kpoc.data.augmentation.opencv import augment
from kpoc.data.decode import read_image
from kpoc.data.order import epoch_order

MEMORY_SHARE = 0.4
"""Share of the free memory that `cache: auto` may take for decoded images."""


@dataclass(frozen=True)
class Rows:
    """Rows of one split, ready to be made into batches.

    Attributes:
        paths: Image files, (n,).
        labels: Encoded labels by target, each (n,).
        image_size: Side of the images in batches, pixels.
        pixels: Decoded images (n, S, S, 3), uint8, or features that stand for them
            (n, D), float32; None if they are not kept.
        weights: What each row weighs in training, by target, each (n,), or None.
    """

    paths: Sequence[str | Path]
    labels: Mapping[str, np.ndarray]
    image_size: int
    pixels: np.ndarray | None = None
    weights: Mapping[str, np.ndarray] | None = None

    def __len__(self) -> int:
        return len(self.paths)


def fits_in_memory(images: int, image_size: int) -> bool:
    """Whether `cache: auto` keeps that many decoded images."""
    needed = images * image_size * image_size * 3
    return needed <= MEMORY_SHARE * psutil.virtual_memory().available


def to_size(image: tf.Tensor, image_size: int) -> tf.Tensor:
    """Resizes as `kpoc.models.ImagesToSize` does, so that served equals validated."""
    shape = (image_size, image_size)
    resized = tf.image.resize(tf.cast(image, tf.float32), shape, antialias=True)
    resized = tf.clip_by_value(tf.round(resized), 0.0, 255.0)
    return tf.ensure_shape(tf.cast(resized, tf.uint8), (*shape, 3))


def _decoded(
    paths: Sequence[str | Path], indices: tf.data.Dataset, image_size: int
) -> tf.data.Dataset:
    """Images of row numbers; the paths stay in Python, where they are once."""

    def load(index: tf.Tensor) -> tf.Tensor:
        image = tf.numpy_function(lambda i: read_image(paths[i]), [index], tf.uint8)
        return to_size(tf.ensure_shape(image, (None, None, 3)), image_size)

    return indices.map(load, num_parallel_calls=os.cpu_count(), deterministic=True)


def load_pixels(
    paths: Sequence[str | Path],
    image_size: int,
    progress: Callable[[int], None] = lambda done: None,
) -> np.ndarray:
    """Decodes all images into one array (n, image_size, image_size, 3), uint8.

    Args:
        paths: Image files.
        image_size: Side of the result in pixels.
        progress: Called with the number of images done, now and then.
    """
    indices = tf.data.Dataset.range(len(paths))
    pixels = np.empty((len(paths), image_size, image_size, 3), np.uint8)
    done = 0
    for batch in _decoded(paths, indices, image_size).batch(256).prefetch(1):
        pixels[done : done + len(batch)] = batch.numpy()
        done += len(batch)
        progress(done)
    return pixels


def _images(rows: Rows, indices: tf.data.Dataset) -> tf.data.Dataset:
    """Batches of images for a dataset of batches of row numbers, (B,) int64 each."""
    if rows.pixels is not None:
        shape, dtype = (None, *rows.pixels.shape[1:]), rows.pixels.dtype
        return indices.map(
            lambda index: tf.ensure_shape(
                tf.numpy_function(rows.pixels.__getitem__, [index], dtype), shape
            )
        )
    # one batch of the flattened stream is one batch of row numbers: the last one of
    # an evaluation, the only one that may be smaller, ends the stream
    size = next(iter(indices.take(1))).shape[0]
    # told, since `unbatch` forgets it: else Keras warns that the data ran out
    counted = tf.data.experimental.assert_cardinality(indices.cardinality())
    images = _decoded(rows.paths, indices.unbatch(), rows.image_size)
    return images.batch(size).apply(counted)


def _gather(columns: Mapping[str, np.ndarray], index: tf.Tensor) -> dict:
    return {name: tf.gather(values, index) for name, values in columns.items()}


def evaluation_images(rows: Rows, batch_size: int) -> tf.data.Dataset:
    """Images of all rows in order, never augmented, the last batch partial."""
    indices = tf.data.Dataset.range(len(rows)).batch(batch_size)
    return _images(rows, indices).prefetch(2)


def evaluation_batches(rows: Rows, batch_size: int) -> tf.data.Dataset:
    """Images as `evaluation_images` gives them, with their labels."""
    labels = tf.data.Dataset.from_tensor_slices(dict(rows.labels)).batch(batch_size)
    return tf.data.Dataset.zip(evaluation_images(rows, batch_size), labels)


def steps_per_epoch(rows: Rows, batch_size: int) -> int:
    """Full batches that the rows make.

    Raises:
        ValueError: Fewer rows than one batch.
    """
    if len(rows) < batch_size:
        raise ValueError(
            f"`batch_size` must not exceed the number of training rows, {len(rows)}. "
            f"Received: {batch_size}"
        )
    return len(rows) // batch_size


def training_batches(
    rows: Rows,
    batch_size: int,
    *,
    seed: int,
    first_step: int = 0,
    epochs: int,
    augmentations: Chain | None = None,
) -> tf.data.Dataset:
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

    Raises:
        ValueError: Fewer rows than one batch.
    """
    steps, threads = steps_per_epoch(rows, batch_size), os.cpu_count()
    # tf.data's threads take a batch each: OpenCV's own would come on top
    cv2.setNumThreads(1)

    @functools.lru_cache(maxsize=2)
    def order(epoch: int) -> np.ndarray:
        return epoch_order(len(rows), seed, epoch)

    def choose(step: int) -> np.ndarray:
        epoch, position = divmod(int(step), steps)
        return order(epoch)[position * batch_size : (position + 1) * batch_size]

    originals = augmentations and augmentations.needs_originals
    # what the augmentation takes straight from its source is copied once less
    direct = originals or (augmentations and rows.pixels is not None)
    shape = (rows.image_size, rows.image_size)

    def change(step: int, index: np.ndarray, *images: np.ndarray) -> np.ndarray:
        function, source = augment, images[0] if images else None
        if originals:
            function, source = augment_files, [rows.paths[i] for i in index]
        elif direct:
            source = [rows.pixels[i] for i in index]
        epoch = int(step) // steps
        return function(
            source, augmentations, index, size=shape, seed=seed, epoch=epoch
        )

    def finish(step, index, *images):
        if augmentations:
            images = tf.numpy_function(change, [step, index, *images], tf.uint8)
            images = tf.ensure_shape(images, (batch_size, *shape, 3))
        else:
            [images] = images
        labels = _gather(rows.labels, index)
        if rows.weights is None:
            return images, labels
        return images, labels, _gather(rows.weights, index)

    numbers = tf.data.Dataset.range(first_step, epochs * steps)
    indices = numbers.map(
        lambda step: tf.ensure_shape(
            tf.numpy_function(choose, [step], tf.int64), (batch_size,)
        )
    )
    images = [] if direct else [_images(rows, indices)]
    batches = tf.data.Dataset.zip(numbers, indices, *images)
    batches = batches.map(finish, num_parallel_calls=threads, deterministic=True)
    return batches.prefetch(2)
