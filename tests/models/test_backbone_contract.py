"""Every backbone that is soon built keeps the contract."""

import keras
import pytest
from keras import layers

from kpoc.models.registry import BACKBONES, register
from kpoc.testing import check_backbone

TINY = {"patch_size": 8, "width": 12, "depth": 2, "heads": 3}


SLOW = [
    ("mobilenet_v3_small", (64, 100), {"alpha": 0.35}),
    ("mobilenet_v2", (64, 100), {"alpha": 0.35}),
    ("mobilenet_v2", (64, 100), {"alpha": 0.35, "padding": "symmetric"}),
    ("tfvit", (32, 48), TINY),
    ("mobilenet", (64, 100), {}),
    ("resnet50", (64, 100), {}),
    ("resnet50_v2", (64, 100), {}),
    ("efficientnet_b0", (64, 100), {}),
    ("efficientnet_v2_b0", (64, 100), {}),
    ("nasnet_mobile", (64, 100), {}),
    ("densenet121", (64, 100), {}),
    ("convnext_tiny", (64, 100), {}),
    ("inception_v3", (96, 128), {}),
]


@pytest.mark.parametrize(
    ("name", "sizes", "options"),
    [
        ("small_cnn", (32, 48), {"width": 4}),
        ("vit", (32, 48), TINY),
        ("hybrid", (64, 96), {"stem": "convolutions", "width": 12, "depth": 1}),
        *(pytest.param(*case, marks=pytest.mark.slow) for case in SLOW),
    ],
)
def test_a_registered_backbone_keeps_the_contract(name, sizes, options):
    size, other = sizes
    check_backbone(name, image_size=size, other_size=other, options=options)


def test_a_backbone_that_pads_otherwise_than_it_says_is_found(monkeypatch):
    monkeypatch.setattr(BACKBONES, "_entries", dict(BACKBONES._entries))

    @register("mine", xla_on_cpu=False, smallest=8)
    def mine(image_size: int, weights: str | None = None) -> keras.Model:
        images = keras.Input((image_size, image_size, 3))
        x = layers.ZeroPadding2D(((image_size % 2, 1), (image_size % 2, 1)))(images)
        return keras.Model(images, layers.Conv2D(4, 3, 2)(x))

    with pytest.raises(
        AssertionError, match=r"mine must be at 17 as if .* built there"
    ):
        check_backbone("mine", image_size=16, other_size=17)
