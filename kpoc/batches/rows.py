"""Rows of one split, as the pipelines take them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from kpoc.batches.sampling import Sampler
from kpoc.batches.share import Share


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
        sampler: How the rows of an epoch are drawn; None for all of them, shuffled.
        beside: What batches carry among the labels that no loss is of, such as codes of
            groups, each (n,).
        share: The part of each batch with labels that this process makes; None for all
            of it.
    """

    paths: Sequence[str | Path]
    labels: Mapping[str, np.ndarray]
    image_size: int
    pixels: np.ndarray | None = None
    weights: Mapping[str, np.ndarray] | None = None
    sampler: Sampler | None = None
    share: Share | None = None
    beside: Mapping[str, np.ndarray] = field(default_factory=dict)

    @property
    def columns(self) -> dict[str, np.ndarray]:
        """The labels and what is beside them, as batches carry it."""
        return {**self.labels, **self.beside}

    def __len__(self) -> int:
        return len(self.paths)


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
