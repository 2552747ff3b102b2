"""Augments images straight from their files, decoding no more than is shown."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from kpoc.augmentation.chain import Chain
from kpoc.augmentation.opencv import execute
from kpoc.augmentation.plan import FINE
from kpoc.ground.ranges import find
from kpoc.pictures.decode import read_image, reducible_size

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
    files = Files(paths)
    draws = chain.draws(rows, seed=seed, epoch=epoch)
    plan = chain.plan(draws, tuple(files.sides.T), size)
    return execute(files.read(plan.fineness()), plan, chain.fill)


class Files:
    """Image files of which the size is known before they are decoded in full.

    Args:
        paths: The files.

    Attributes:
        sides: Height and width of each, (n, 2).

    Raises:
        OSError: A file can't be read.
        ValueError: A file holds no whole image.
    """

    def __init__(self, paths: Sequence[str | Path]):
        self._paths = paths
        large = [find(path).size >= LARGE for path in paths]
        sizes = [
            reducible_size(path) if big else None
            for path, big in zip(paths, large, strict=True)
        ]
        self._images = [
            None if size else read_image(path)
            for path, size in zip(paths, sizes, strict=True)
        ]
        sides = zip(sizes, self._images, strict=True)
        self.sides = np.array([size or image.shape[:2] for size, image in sides], float)

    def read(self, finenesses: np.ndarray) -> list[np.ndarray]:
        """The images; large ones of no more pixels than are needed.

        Args:
            finenesses: `Plan.fineness` of each image.
        """
        images = list(self._images)
        for i, pixels in enumerate(finenesses):
            if images[i] is None:
                smallest = min(self.sides[i])
                enough = math.ceil(smallest / pixels) if pixels >= FINE else 0
                images[i] = read_image(self._paths[i], enough)
        return images
