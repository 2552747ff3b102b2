"""Colour: the folded matrix against the documented steps, one after the other."""

import numpy as np
import pytest
from scipy import stats

from kpoc.augmentation.chain import Chain
from kpoc.augmentation.kinds.color_jitter import ColorJitter
from kpoc.augmentation.kinds.gaussian_blur import GaussianBlur
from kpoc.augmentation.kinds.random_grayscale import RandomGrayscale
from kpoc.augmentation.kinds.random_solarize import RandomSolarize

GREY = np.array([0.299, 0.587, 0.114])
ROWS = 4000


def planned(*augmentations, rows=ROWS):
    chain = Chain(augmentations)
    draws = chain.draws(np.arange(rows), seed=2, epoch=0)
    return draws, chain.plan(draws, (8, 8), (8, 8))


def apply(plan, i, image):
    mean = image.reshape(-1, 3).mean(axis=0)
    return image @ plan.gain[i].T + plan.of_mean[i] @ mean


@pytest.fixture
def image():
    return np.random.default_rng(0).uniform(60, 190, (8, 8, 3))


def blend(a, b, factor):
    return factor * a + (1 - factor) * b


def test_jitter_is_the_documented_blends_in_the_drawn_order(image):
    jitter = ColorJitter(brightness=0.3, contrast=(0.5, 1.4), saturation=0.6)
    [draws], plan = planned(jitter, rows=60)
    for i, u in enumerate(draws):
        seen = image
        for step in np.argsort(u[4:8]):
            grey = (seen @ GREY)[..., None]
            if step == 0:
                seen = blend(seen, 0.0, 0.7 + 0.6 * u[0])
            elif step == 1:
                seen = blend(seen, grey.mean(), 0.5 + 0.9 * u[1])
            elif step == 2:
                seen = blend(seen, grey, 0.4 + 1.2 * u[2])
        np.testing.assert_allclose(apply(plan, i, image), seen, atol=1e-9)


def test_all_orders_are_as_frequent():
    [draws], _ = planned(ColorJitter(hue=0.1))
    orders = [tuple(order) for order in np.argsort(draws[:, 4:8])]
    counts = np.unique(orders, axis=0, return_counts=True)[1]
    assert len(counts) == 24 and stats.chisquare(counts).pvalue > 1e-3


def test_factors_are_uniform_and_stop_at_zero():
    for given, low, high in [(0.3, 0.7, 1.3), (1.5, 0.0, 2.5), ((0.2, 0.4), 0.2, 0.4)]:
        _, plan = planned(ColorJitter(brightness=given))
        found = plan.gain[:, 0, 0]
        assert stats.kstest(found, stats.uniform(low, high - low).cdf).pvalue > 1e-3


def test_a_third_of_a_turn_takes_red_to_green_and_keeps_greys():
    _, plan = planned(ColorJitter(hue=(1 / 3, 1 / 3)), rows=1)
    np.testing.assert_allclose(plan.gain[0] @ [200, 0, 0], [0, 200, 0], atol=1e-9)
    np.testing.assert_allclose(plan.gain[0] @ [70, 70, 70], [70, 70, 70])
    _, plan = planned(ColorJitter(hue=(0.1, 0.1)), rows=1)
    np.testing.assert_allclose(plan.gain[0].sum(axis=0), 1.0)
    np.testing.assert_allclose(plan.gain[0] @ plan.gain[0].T, np.eye(3), atol=1e-12)


def test_p_leaves_the_rest_alone():
    _, plan = planned(ColorJitter(brightness=(2, 2), hue=(0.3, 0.3), p=0.8))
    same = np.abs(plan.gain - np.eye(3)).max(axis=(1, 2)) < 1e-9
    assert stats.binomtest(int(same.sum()), ROWS, 0.2).pvalue > 1e-3


def test_colours_fold_in_the_order_of_the_list(image):
    grey, contrast = RandomGrayscale(p=1.0), ColorJitter(contrast=(0.5, 0.5))
    bright = ColorJitter(brightness=(1.2, 1.2))
    _, plan = planned(bright, grey, contrast, rows=1)
    levels = 1.2 * image @ GREY
    expected = blend(levels, levels.mean(), 0.5)
    for channel in range(3):
        np.testing.assert_allclose(apply(plan, 0, image)[..., channel], expected)


def test_blur_and_solarize_happen_in_their_share():
    _, plan = planned(
        GaussianBlur(kernel_size=5, sigma=(0.5, 1.5), p=0.7),
        RandomSolarize(threshold=99, p=0.2),
    )
    blurred = plan.sigma > 0
    assert stats.binomtest(int(blurred.sum()), ROWS, 0.7).pvalue > 1e-3
    uniform = stats.kstest(plan.sigma[blurred], stats.uniform(0.5, 1.0).cdf)
    assert uniform.pvalue > 1e-3
    assert set(plan.threshold) == {99.0, 256.0}
    assert stats.binomtest(int((plan.threshold == 99).sum()), ROWS, 0.2).pvalue > 1e-3
