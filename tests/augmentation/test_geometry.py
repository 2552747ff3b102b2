"""Geometry: matrices against torchvision's documented formulas, draws by draw."""

import math

import numpy as np
import pytest
from scipy import stats

from kpoc.augmentation.chain import Chain
from kpoc.augmentation.kinds.random_affine import RandomAffine
from kpoc.augmentation.kinds.random_erasing import RandomErasing
from kpoc.augmentation.kinds.random_flip import RandomFlip
from kpoc.augmentation.kinds.random_perspective import RandomPerspective
from kpoc.augmentation.kinds.random_resized_crop import RandomResizedCrop
from kpoc.augmentation.kinds.random_rotation import RandomRotation

ROWS = 4000


def planned(augmentation, height, width, size=None, rows=ROWS):
    chain = Chain([augmentation])
    draws = chain.draws(np.arange(rows), seed=1, epoch=0)
    return draws[0], chain.plan(draws, (height, width), size or (height, width))


def at(matrix, x, y):
    places = matrix @ np.array([x, y, 1.0])
    return (places[..., :2] / places[..., 2:]).T


def is_uniform(values, low, high):
    return stats.kstest(values, stats.uniform(low, high - low).cdf).pvalue > 1e-3


def test_flip_mirrors_its_share():
    _, plan = planned(RandomFlip(p=0.3), 20, 30)
    mirrored = plan.matrix[:, 0, 0] < 0
    assert stats.binomtest(int(mirrored.sum()), ROWS, 0.3).pvalue > 1e-3
    x, y = at(plan.matrix, 4.0, 5.0)
    np.testing.assert_allclose(x, np.where(mirrored, 26.0, 4.0))
    np.testing.assert_allclose(y, 5.0)
    _, down = planned(RandomFlip(p=1.0, direction="vertical"), 20, 30, rows=1)
    np.testing.assert_allclose(at(down.matrix[0], 4.0, 5.0), [4.0, 15.0])


def test_rotation_is_counter_clockwise_and_uniform():
    _, plan = planned(RandomRotation(degrees=(90, 90)), 20, 30, rows=1)
    # what was right of the centre (y down) is above it afterwards
    np.testing.assert_allclose(at(plan.matrix[0], 15.0, 4.0), [21.0, 10.0])
    _, plan = planned(RandomRotation(degrees=(-10, 40)), 20, 30)
    angles = np.degrees(np.arctan2(plan.matrix[:, 1, 0], plan.matrix[:, 0, 0]))
    assert is_uniform(angles, -10, 40)


@pytest.mark.parametrize("size", [(20, 30), (64, 48)])
def test_affine_inverts_the_documented_product(size):
    affine = RandomAffine(
        degrees=(-30, 50), translate=(0.1, 0.2), scale=(0.5, 1.5), shear=(-9, 8, -7, 6)
    )
    height, width = 20.0, 30.0
    draws, plan = planned(affine, int(height), int(width), size, rows=50)
    for u, matrix in zip(draws, plan.matrix, strict=True):
        angle = math.radians(-30 + 80 * u[0])
        x, y = 0.1 * width * (2 * u[1] - 1), 0.2 * height * (2 * u[2] - 1)
        scale = 0.5 + u[3]
        lean_x, lean_y = math.radians(-9 + 17 * u[4]), math.radians(-7 + 13 * u[5])
        # torchvision: M = T C RotateScaleShear C^-1, RSS = R ShearY ShearX scale
        rotate = [
            [math.cos(angle), -math.sin(angle)],
            [math.sin(angle), math.cos(angle)],
        ]
        shear_y = [[1, 0], [-math.tan(lean_y), 1]]
        shear_x = [[1, -math.tan(lean_x)], [0, 1]]
        linear = scale * np.array(rotate) @ shear_y @ shear_x
        # a point of the source, where it goes, and back by the plan
        point, centre = np.array([7.0, 3.0]), np.array([width / 2, height / 2])
        goes = centre + [x, y] + linear @ (point - centre)
        goes *= [size[1] / width, size[0] / height]
        np.testing.assert_allclose(at(matrix, *goes), point, atol=1e-9)


def test_affine_draws_are_uniform():
    affine = RandomAffine(degrees=20, translate=0.1, scale=(0.8, 1.2))
    _, plan = planned(affine, 40, 40)
    inverse = np.linalg.inv(plan.matrix)
    x, y = at(inverse, 20.0, 20.0)
    assert is_uniform(x, 16, 24) and is_uniform(y, 16, 24)
    assert is_uniform(np.sqrt(np.linalg.det(inverse)), 0.8, 1.2)
    assert is_uniform(
        np.degrees(np.arctan2(inverse[:, 1, 0], inverse[:, 0, 0])), -20, 20
    )


def crop_box(u, height, width, scale, ratio):
    """One image's box as the documentation tells it, attempt by attempt."""
    for i in range(10):
        area = height * width * (scale[0] + (scale[1] - scale[0]) * u[2 + i])
        low, high = math.log(ratio[0]), math.log(ratio[1])
        aspect = math.exp(low + (high - low) * u[12 + i])
        w, h = round(math.sqrt(area * aspect)), round(math.sqrt(area / aspect))
        if 0 < w <= width and 0 < h <= height:
            top = math.floor(u[0] * (height - h + 1))
            return top, math.floor(u[1] * (width - w + 1)), h, w
    if width / height < ratio[0]:
        w, h = width, round(width / ratio[0])
    elif width / height > ratio[1]:
        h, w = height, round(height * ratio[1])
    else:
        h, w = height, width
    return (height - h) // 2, (width - w) // 2, h, w


@pytest.mark.parametrize("side", [(200, 200), (90, 400), (400, 60), (7, 5)])
def test_crops_are_those_of_the_documented_attempts(side):
    crop = RandomResizedCrop(scale=(0.08, 1.0), ratio=(3 / 4, 4 / 3))
    draws, plan = planned(crop, *side, size=(24, 32), rows=500)
    left, top = at(plan.matrix, 0.0, 0.0)
    right, bottom = at(plan.matrix, 32.0, 24.0)
    boxes = np.stack([top, left, bottom - top, right - left], axis=1)
    expected = [crop_box(u, *side, (0.08, 1.0), (3 / 4, 4 / 3)) for u in draws]
    np.testing.assert_allclose(boxes, expected, atol=1e-9)


def test_crop_shares_are_uniform_where_every_ratio_fits():
    crop = RandomResizedCrop(scale=(0.1, 0.5), ratio=(3 / 4, 4 / 3))
    _, plan = planned(crop, 1000, 1000, size=(1, 1))
    widths, heights = plan.matrix[:, 0, 0], plan.matrix[:, 1, 1]
    assert is_uniform(widths * heights / 1e6, 0.1, 0.5)
    assert is_uniform(np.log(widths / heights), math.log(3 / 4), math.log(4 / 3))


def test_erased_boxes_are_those_of_the_documented_attempts():
    erasing = RandomErasing(p=0.6, scale=(0.02, 0.33), ratio=(0.3, 3.3))
    draws, plan = planned(erasing, 30, 50, rows=1000)
    [(boxes, value)] = plan.boxes
    assert value == (0.0, 0.0, 0.0)
    low, high = math.log(0.3), math.log(3.3)
    for u, box in zip(draws, boxes, strict=True):
        expected = None
        for i in range(10):
            area = 1500 * (0.02 + 0.31 * u[3 + i])
            ratio = math.exp(low + (high - low) * u[13 + i])
            h, w = round(math.sqrt(area * ratio)), round(math.sqrt(area / ratio))
            if h < 30 and w < 50:
                top = math.floor(u[1] * (30 - h + 1))
                expected = [top, math.floor(u[2] * (50 - w + 1)), h, w]
                break
        if u[0] < 0.6 and expected is not None:
            assert box.tolist() == expected
        else:
            assert box[2] == 0
    assert stats.binomtest(int((boxes[:, 2] > 0).sum()), 1000, 0.6).pvalue > 1e-3


def test_perspective_takes_moved_corners_to_the_pictures_corners():
    draws, plan = planned(
        RandomPerspective(distortion_scale=0.6, p=1.0), 20, 30, rows=50
    )
    for u, matrix in zip(draws, plan.matrix, strict=True):
        # torchvision: a corner moves by up to distortion_scale times half a side
        x, y = 0.3 * 30 * u[:4], 0.3 * 20 * u[4:8]
        ends = [
            (x[0], y[0]),
            (30 - x[1], y[1]),
            (30 - x[2], 20 - y[2]),
            (x[3], 20 - y[3]),
        ]
        starts = [(0, 0), (30, 0), (30, 20), (0, 20)]
        for end, start in zip(ends, starts, strict=True):
            np.testing.assert_allclose(at(matrix, *end), start, atol=1e-9)
    _, plan = planned(RandomPerspective(p=0.5), 20, 30)
    share = np.abs(plan.matrix - np.eye(3)).max(axis=(1, 2)) > 1e-6
    assert stats.binomtest(int(share.sum()), ROWS, 0.5).pvalue > 1e-3
