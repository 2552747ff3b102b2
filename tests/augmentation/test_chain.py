"""What recipes may name, and what they hear when they name something else."""

import numpy as np
import pytest

from kpoc.augmentation.chain import make_augmentations
from kpoc.augmentation.opencv import augment
from kpoc.ground.schema import Component

RECIPE = [
    "random_flip",
    {"name": "random_affine", "degrees": 10, "scale": [0.9, 1.1], "translate": 0.05},
    {"name": "color_jitter", "brightness": 0.2, "contrast": 0.2, "hue": 0.05},
    {"name": "random_erasing", "p": 0.5},
]


def chain(*components):
    return make_augmentations([Component.model_validate(c) for c in components])


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).integers(0, 256, (12, 20, 20, 3), "uint8")


def run(images, rows, seed=0, epoch=0, **views):
    return augment(
        images[rows],
        chain(*RECIPE),
        np.array(rows),
        size=(16, 16),
        seed=seed,
        epoch=epoch,
        **views,
    )


def test_an_image_depends_on_seed_epoch_row_and_view_alone(images):
    whole = run(images, list(range(12)), seed=4, epoch=7)
    assert whole.shape == (12, 16, 16, 3) and whole.dtype == np.uint8
    rows = [9, 2, 5]
    np.testing.assert_array_equal(run(images, rows, seed=4, epoch=7), whole[rows])
    for other in ({"seed": 5}, {"epoch": 8}, {"first_view": 1}):
        changed = run(images, rows, **({"seed": 4, "epoch": 7} | other))
        assert all(
            np.abs(a.astype(int) - b).mean() > 2
            for a, b in zip(changed, whole[rows], strict=True)
        )


def test_views_of_a_row_are_those_made_one_by_one(images):
    both = run(images, [3, 8], views=2)
    assert both.shape == (2, 2, 16, 16, 3)
    for view in range(2):
        alone = run(images, [3, 8], first_view=view)
        np.testing.assert_array_equal(both[:, view], alone)


def test_all_problems_are_listed_with_the_nearest_names():
    with pytest.raises(ValueError) as caught:
        chain(
            "random_flop",
            {"name": "random_flip", "p": 1.5},
            {"name": "random_affine", "degree": 10, "scale": [1.1, 0.9]},
            {"name": "color_jitter", "hue": 0.7, "brightness": -1},
        )
    text = str(caught.value)
    for part in (
        "Did you mean `random_flip`",
        "Received: 'random_flop'",
        "`p`",
        "1.5",
        "`degree` is not a known key. Did you mean `degrees`?",
        "`degrees` is required",
        "`scale`: must be [low, high], low <= high. Received: [1.1, 0.9]",
        "`hue`: must lie in -0.5..0.5. Received: 0.7",
        "`brightness`: must be 0 or more. Received: -1",
    ):
        assert part in text


def test_fills_that_disagree_are_an_error():
    with pytest.raises(ValueError, match="`fill` must be the same.*127"):
        chain(
            {"name": "random_affine", "degrees": 10},
            {"name": "random_affine", "degrees": 10, "fill": 127},
        )
