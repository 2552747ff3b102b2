"""The resample of a plan with OpenCV: the cheapest call that gives the pixels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from kpoc.augmentation.plan import FINE, Colour, Plan

_BACKWARDS = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP


def resample(
    images: Sequence[np.ndarray], plan: Plan, fill: Colour, out: np.ndarray
) -> None:
    """Fills `out` (B, height, width, 3) with the images as the plan's matrix says.

    Images may be smaller than the plan knows them, where they have been reduced.
    Bilinear. Where more than two source pixels fall on one of the result in every
    direction, they are averaged before.
    """
    corners, upright = plan.part()
    inside, shares = plan.stays_inside(), _shares(images, plan)
    upright = upright & inside & (shares == 1.0).all(axis=1)
    parts = corners.astype(int).tolist()
    finenesses = (plan.fineness() * shares.min(axis=1)).tolist()
    matrices, sources = plan.matrix.copy(), list(images)
    matrices[:, :2] *= shares[:, :, None]
    for i in np.flatnonzero(~upright & (np.array(finenesses) >= FINE)):
        sources[i], into = _averaged(images[i], matrices[i], finenesses[i], plan.size)
        matrices[i] = into @ matrices[i]
    matrices = replace(plan, matrix=matrices).pixel_matrix()
    matrices = matrices / matrices[:, 2:, 2:]
    affine = (matrices[:, 2, :2] == 0.0).all(axis=1)
    for i, (source, target) in enumerate(zip(sources, out, strict=True)):
        if upright[i]:
            _take_part(source, parts[i], finenesses[i], target)
            continue
        matrix = matrices[i, :2] if affine[i] else matrices[i]
        border = cv2.BORDER_REPLICATE if inside[i] else cv2.BORDER_CONSTANT
        _warp(source, matrix, border, fill, target)


def _shares(images: Sequence[np.ndarray], plan: Plan) -> np.ndarray:
    """Width and height of the images as shares of those that the plan knows, (B, 2)."""
    sides = np.array([image.shape[1::-1] for image in images], float)
    return sides / np.stack(plan.source[::-1], axis=1)


def _take_part(image, part, fineness: float, target: np.ndarray) -> None:
    top, left, bottom, right = part
    image = image[
        min(top, bottom) : max(top, bottom), min(left, right) : max(left, right)
    ]
    if image.shape != target.shape:
        how = cv2.INTER_AREA if fineness >= FINE else cv2.INTER_LINEAR
        image = cv2.resize(image, target.shape[1::-1], interpolation=how)
    if top < bottom and left < right:
        target[:] = image
    else:
        # OpenCV's codes: 0 top and bottom, 1 left and right, -1 both
        code = int(left > right) if (top > bottom) != (left > right) else -1
        cv2.flip(image, code, target)


def _averaged(
    image: np.ndarray, matrix: np.ndarray, fineness: float, size: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """The part of the image that is needed, made smaller, and the matrix to it."""
    height, width = image.shape[:2]
    corners = matrix @ [[0, size[1], 0, size[1]], [0, 0, size[0], size[0]], [1] * 4]
    margin = math.ceil(2 * fineness)
    low = np.floor((corners[:2] / corners[2]).min(axis=1)) - margin
    high = np.ceil((corners[:2] / corners[2]).max(axis=1)) + margin
    left, top = np.clip(low, 0, [width - 1, height - 1]).astype(int)
    right, bottom = np.clip(high, [left + 1, top + 1], [width, height]).astype(int)
    columns = max(1, round((right - left) / math.floor(fineness)))
    rows = max(1, round((bottom - top) / math.floor(fineness)))
    smaller = cv2.resize(
        image[top:bottom, left:right], (columns, rows), interpolation=cv2.INTER_AREA
    )
    x, y = columns / (right - left), rows / (bottom - top)
    into = np.array([[x, 0.0, -x * left], [0.0, y, -y * top], [0.0, 0.0, 1.0]])
    return smaller, into


def _warp(image, matrix, border: int, fill: Colour, target: np.ndarray) -> None:
    # with a fourth channel OpenCV takes half the time
    image = cv2.cvtColor(image, cv2.COLOR_RGB2RGBA)
    warp = cv2.warpAffine if len(matrix) == 2 else cv2.warpPerspective
    fill = (*fill, 0.0)
    image = warp(image, matrix, target.shape[1::-1], None, _BACKWARDS, border, fill)
    cv2.cvtColor(image, cv2.COLOR_RGBA2RGB, target)
