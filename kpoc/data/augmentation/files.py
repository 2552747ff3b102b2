"""Augments images straight from their files, decoding no more than is shown."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from kpoc.data.augmentation.chain import Chain
from kpoc.data.augmentation.opencv import execute
from kpoc.data.augmentation.opencv_resample import FINE, fineness
from kpoc.data.decode import read_image, reducible_size

LARGE = 2**17
"""Bytes of a file from which on it may hold many more pixels than are shown."""


def augment_files(
    paths: Sequence[str | Path],
    chain: Chain,
    rows: np.ndarray,
    *,
    size: tuple[int, int],
    seed: int,
    epoch: int,
) -> np.ndarray:
    """Augments images straight from their files, as `augment` does.

    Large images of a format that allows it are decoded to no more pixels than the part
    that is shown of them needs.

    Args:
        paths: Image files.
        chain: The augmentations, at least one.
        rows: Row numbers of the images, (B,).
        size: Height and width of what comes out.
        seed: Seed of the training.
        epoch: Epoch, counted from 0.

    Returns:
        (B, *size, 3) uint8, a new array.

    Raises:
        OSError: A file can't be read.
        ValueError: A file holds no whole image.
    """
    large = [os.path.getsize(path) >= LARGE for path in paths]
    sizes = [
        reducible_size(p) if big else None for p, big in zip(paths, large, strict=True)
    ]
    images = [None if s else read_image(p) for p, s in zip(paths, sizes, strict=True)]
    sides = [s or i.shape[:2] for s, i in zip(sizes, images, strict=True)]
    draws = chain.draws(rows, seed=seed, epoch=epoch)
    plan = chain.plan(draws, tuple(np.array(sides, float).T), size)
    for i, pixels in enumerate(fineness(plan)):
        if images[i] is None:
            enough = math.ceil(min(sides[i]) / pixels) if pixels >= FINE else 0
            images[i] = read_image(paths[i], enough)
    return execute(images, plan, chain.fill)
