"""Rows to batches with tf.data."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf

from kpoc.augmentation.chain import Chain
from kpoc.augmentation.views import Views
from kpoc.batches.rows import Rows
from kpoc.batches.training_steps import TrainingSteps, ViewSteps
from kpoc.pictures.decode import read_image


def _to_size(image: tf.Tensor, image_size: int) -> tf.Tensor:
    """What `kpoc.pictures.resize.to_size` does."""
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
        return _to_size(tf.ensure_shape(image, (None, None, 3)), image_size)

    return indices.map(load, num_parallel_calls=os.cpu_count(), deterministic=True)


def load_pixels(
    paths: Sequence[str | Path],
    image_size: int,
    progress: Callable[[int], None] = lambda done: None,
    out: np.ndarray | None = None,
) -> np.ndarray:
    """See `kpoc.batches.pipeline.load_pixels`."""
    indices = tf.data.Dataset.range(len(paths))
    shape = (len(paths), image_size, image_size, 3)
    pixels = np.empty(shape, np.uint8) if out is None else out
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
    """See `kpoc.batches.pipeline.evaluation_images`."""
    indices = tf.data.Dataset.range(len(rows)).batch(batch_size)
    return _images(rows, indices).prefetch(2)


def evaluation_batches(rows: Rows, batch_size: int) -> tf.data.Dataset:
    """See `kpoc.batches.pipeline.evaluation_batches`."""
    labels = tf.data.Dataset.from_tensor_slices(rows.columns).batch(batch_size)
    return tf.data.Dataset.zip(evaluation_images(rows, batch_size), labels)


def _steps(
    steps: TrainingSteps, first_step: int, epochs: int
) -> tuple[tf.data.Dataset, tf.data.Dataset]:
    """The numbers of the steps, and the row numbers of each."""
    numbers = tf.data.Dataset.range(first_step, epochs * steps.per_epoch)
    indices = numbers.map(
        lambda step: tf.ensure_shape(
            tf.numpy_function(steps.choose, [step], tf.int64), (steps.batch_size,)
        )
    )
    return numbers, indices


def training_batches(
    rows: Rows,
    batch_size: int,
    *,
    seed: int,
    first_step: int = 0,
    epochs: int,
    augmentations: Chain | None = None,
) -> tf.data.Dataset:
    """See `kpoc.batches.pipeline.training_batches`."""
    steps = TrainingSteps(rows, batch_size, seed=seed, augmentations=augmentations)
    shape = (batch_size, rows.image_size, rows.image_size, 3)

    def finish(step, index, *images):
        if augmentations:
            given = [step, index, *images]
            images = tf.numpy_function(steps.images, given, tf.uint8)
            images = tf.ensure_shape(images, shape)
        else:
            [images] = images
        labels = _gather(rows.columns, index)
        if rows.weights is None:
            return images, labels
        return images, labels, _gather(rows.weights, index)

    numbers, indices = _steps(steps, first_step, epochs)
    images = [] if steps.from_source else [_images(rows, indices)]
    batches = tf.data.Dataset.zip(numbers, indices, *images)
    batches = batches.map(finish, num_parallel_calls=os.cpu_count(), deterministic=True)
    return batches.prefetch(2)


def view_batches(
    rows: Rows,
    batch_size: int,
    views: Sequence[Views],
    *,
    seed: int,
    first_step: int = 0,
    epochs: int,
    labelled: bool = False,
) -> tf.data.Dataset:
    """See `kpoc.batches.pipeline.view_batches`."""
    steps = ViewSteps(rows, batch_size, views, seed=seed)

    def finish(step, index):
        made = tf.numpy_function(
            lambda *given: list(steps.views(*given).values()),
            [step, index],
            [tf.uint8] * len(views),
        )
        images = {
            each.name: tf.ensure_shape(one, (batch_size, *each.shape))
            for each, one in zip(views, made, strict=True)
        }
        return (images, _gather(rows.columns, index)) if labelled else images

    batches = tf.data.Dataset.zip(*_steps(steps, first_step, epochs))
    batches = batches.map(finish, num_parallel_calls=os.cpu_count(), deterministic=True)
    return batches.prefetch(2)
