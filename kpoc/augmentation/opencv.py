"""Carries out plans with OpenCV, image by image."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from kpoc.augmentation.chain import Chain
from kpoc.augmentation.opencv_resample import resample
from kpoc.augmentation.plan import Colour, Plan

_REACH = 3.5


def augment(
    images: Sequence[np.ndarray],
    chain: Chain,
    rows: np.ndarray,
    *,
    size: tuple[int, int],
    seed: int,
    epoch: int,
    views: int = 1,
    first_view: int = 0,
) -> np.ndarray:
    """Augments a batch; each image is a function of (seed, epoch, row, view).

    Crops of another kind or size from the same pixels take a second call, with another
    chain and the next `first_view`.

    Args:
        images: uint8 RGB of shape (H, W, 3) each, of any sizes.
        chain: The augmentations, at least one.
        rows: Row numbers of the images, (B,).
        size: Height and width of what comes out.
        seed: Seed of the training.
        epoch: Epoch, counted from 0.
        views: Views of each image.
        first_view: Number of the first of them.

    Returns:
        (B, *size, 3) uint8, or (B, views, *size, 3) for several views, a new array.
    """
    sides = np.array([image.shape[:2] for image in images], float)
    draws = chain.draws(
        rows, seed=seed, epoch=epoch, views=views, first_view=first_view
    )
    plan = chain.plan(draws, tuple(np.repeat(sides, views, axis=0).T), size)
    out = execute([image for image in images for _ in range(views)], plan, chain.fill)
    return out if views == 1 else out.reshape(-1, views, *out.shape[1:])


def execute(images: Sequence[np.ndarray], plan: Plan, fill: Colour) -> np.ndarray:
    """Carries out a plan.

    Args:
        images: uint8 RGB of shape (H, W, 3) each, of the sizes that the plan is for, or
            reduced.
        plan: The plan for these images.
        fill: Levels outside of the source.

    Returns:
        (B, height, width, 3) uint8, a new array.
    """
    out = np.empty((len(images), *plan.size, 3), np.uint8)
    if plan.matrix is None:
        out[:] = images
    else:
        resample(images, plan, fill, out)
    if plan.gain is not None:
        _recolour(plan, out)
    if plan.sigma is not None:
        _blur(plan, out)
    if plan.threshold is not None:
        _solarize(plan.threshold, out)
    for boxes, value in plan.boxes:
        _cover(boxes, value, out)
    return out


def _recolour(plan: Plan, out: np.ndarray) -> None:
    offsets = np.zeros((len(out), 3, 1))
    if plan.of_mean.any():
        means = np.array([cv2.mean(picture)[:3] for picture in out])
        offsets = plan.of_mean @ means[:, :, None]
    matrices = np.concatenate([plan.gain, offsets], axis=2)
    for picture, matrix in zip(out, matrices, strict=True):
        cv2.transform(picture, matrix, picture)


def _blur(plan: Plan, out: np.ndarray) -> None:
    # weights further out than this are too small to be seen
    sides = np.minimum(plan.kernel, 2 * np.ceil(_REACH * plan.sigma) + 1).astype(int)
    for picture, side, sigma in zip(out, sides, plan.sigma, strict=True):
        if side > 1:
            # exact to half a grey level, and faster than GaussianBlur on uint8
            kernel = cv2.getGaussianKernel(side, sigma)
            cv2.sepFilter2D(picture, -1, kernel, kernel, picture)


def _solarize(thresholds: np.ndarray, out: np.ndarray) -> None:
    levels = np.arange(256)
    tables = np.where(levels >= thresholds[:, None], 255 - levels, levels)
    for picture, table in zip(out, tables.astype(np.uint8), strict=True):
        if table[255] != 255:
            cv2.LUT(picture, table, picture)


def _cover(boxes: np.ndarray, value: Colour, out: np.ndarray) -> None:
    value = np.array(value, np.uint8)
    for picture, box in zip(out, boxes.astype(int).tolist(), strict=True):
        top, left, height, width = box
        if height:
            picture[top : top + height, left : left + width] = value
