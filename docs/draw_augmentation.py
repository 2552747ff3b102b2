"""Draws the pictures of docs/augmentation.md: every augmentation at its extremes.

    python docs/draw_augmentation.py

A portrait that kpoc draws itself, then the same with each setting of `EXTREMES`, left
to right, into docs/augmentation/<name>.jpg.
"""

from pathlib import Path

import cv2
import numpy as np

from kpoc.augmentation.chain import Chain, make_augmentations
from kpoc.augmentation.opencv import augment
from kpoc.ground.schema import Component
from kpoc.sources.kinds.portraits_chance import Chance
from kpoc.sources.kinds.portraits_drawing import Portrait

SIDE, GAP = 128, 4
FOLDER = Path(__file__).parent / "augmentation"

EXTREMES = {
    "random_resized_crop": [
        {"scale": [1.0, 1.0], "ratio": [0.75, 0.75]},
        {"scale": [0.5, 0.5], "ratio": [1.33, 1.33]},
        {"scale": [0.08, 0.08], "ratio": [1.0, 1.0]},
    ],
    "random_flip": [{"p": 1.0}, {"p": 1.0, "direction": "vertical"}],
    "random_rotation": [
        {"degrees": [-30, -30]},
        {"degrees": [30, 30]},
        {"degrees": [30, 30], "fill": 127},
    ],
    "random_affine": [
        {"degrees": [30, 30]},
        {"degrees": 0, "translate": 0.3},
        {"degrees": 0, "scale": [0.6, 0.6]},
        {"degrees": 0, "scale": [1.5, 1.5]},
        {"degrees": 0, "shear": [20, 20]},
        {"degrees": 0, "shear": [0, 0, 20, 20]},
    ],
    "random_perspective": [
        {"p": 1.0, "distortion_scale": 0.2},
        {"p": 1.0, "distortion_scale": 0.5},
        {"p": 1.0, "distortion_scale": 0.8},
    ],
    "color_jitter": [
        {"brightness": [0.5, 0.5]},
        {"brightness": [1.5, 1.5]},
        {"contrast": [0.4, 0.4]},
        {"contrast": [1.8, 1.8]},
        {"saturation": [0.0, 0.0]},
        {"saturation": [2.0, 2.0]},
        {"hue": [-0.2, -0.2]},
        {"hue": [0.2, 0.2]},
    ],
    "random_grayscale": [{"p": 1.0}],
    "gaussian_blur": [
        {"kernel_size": 9, "sigma": [0.5, 0.5]},
        {"kernel_size": 9, "sigma": [2.0, 2.0]},
        {"kernel_size": 31, "sigma": [5.0, 5.0]},
    ],
    "random_solarize": [
        {"p": 1.0, "threshold": 192},
        {"p": 1.0, "threshold": 128},
        {"p": 1.0, "threshold": 0},
    ],
    "random_erasing": [
        {"p": 1.0, "scale": [0.02, 0.02]},
        {"p": 1.0, "scale": [0.33, 0.33]},
        {"p": 1.0, "ratio": [0.3, 0.3]},
        {"p": 1.0, "ratio": [3.3, 3.3], "value": [200, 60, 60]},
    ],
}
TOGETHER = [
    {"name": "random_resized_crop", "scale": [0.5, 1.0]},
    "random_flip",
    {"name": "random_rotation", "degrees": 15},
    {"name": "random_perspective", "distortion_scale": 0.2},
    {"name": "color_jitter", "brightness": 0.2, "contrast": 0.2, "saturation": 0.2},
    {"name": "gaussian_blur", "kernel_size": 7, "p": 0.5},
    "random_erasing",
]


def chain(*components) -> Chain:
    """The chain of components as recipes name them."""
    return make_augmentations([Component.model_validate(c) for c in components])


def strip(pictures: list[np.ndarray]) -> np.ndarray:
    """Pictures side by side, with a gap."""
    gap = np.full((SIDE, GAP, 3), 255, np.uint8)
    return np.hstack([part for picture in pictures for part in (picture, gap)][:-1])


def main() -> None:
    """Writes the pictures."""
    FOLDER.mkdir(exist_ok=True)
    portrait = Portrait(35, "Round", "Maple", Chance(0, 3)).draw(2 * SIDE)
    size = (SIDE, SIDE)

    def varied(which: Chain, rows: int = 1) -> list[np.ndarray]:
        numbers = np.arange(rows)
        return list(
            augment([portrait] * rows, which, numbers, size=size, seed=0, epoch=0)
        )

    [plain] = varied(chain({"name": "random_flip", "p": 0.0}))
    strips = {
        name: [plain] + [varied(chain({"name": name, **how}))[0] for how in settings]
        for name, settings in EXTREMES.items()
    }
    strips["together"] = varied(chain(*TOGETHER), rows=8)
    for name, pictures in strips.items():
        image = strip(pictures)[:, :, ::-1]
        cv2.imwrite(str(FOLDER / f"{name}.jpg"), image, [cv2.IMWRITE_JPEG_QUALITY, 88])


if __name__ == "__main__":
    main()
