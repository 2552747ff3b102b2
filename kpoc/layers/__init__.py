"""Augmentation as Keras layers: in any Keras model, on any backend."""

from kpoc.layers.augmentations import Augmentations
from kpoc.layers.normalize import Normalize
from kpoc.layers.single import (
    ColorJitter,
    GaussianBlur,
    RandomAffine,
    RandomErasing,
    RandomFlip,
    RandomGrayscale,
    RandomPerspective,
    RandomResizedCrop,
    RandomRotation,
    RandomSolarize,
)

__all__ = [
    "Augmentations",
    "ColorJitter",
    "GaussianBlur",
    "Normalize",
    "RandomAffine",
    "RandomErasing",
    "RandomFlip",
    "RandomGrayscale",
    "RandomPerspective",
    "RandomResizedCrop",
    "RandomRotation",
    "RandomSolarize",
]
