"""The augmentations that recipes name, as Keras layers, one each.

Each takes the parameters of its kind in `kpoc.augmentation.kinds` and makes of
them what a recipe makes of them: the definition exists once.
"""

from keras.saving import register_keras_serializable

from kpoc.augmentation.definition import Augmentation
from kpoc.augmentation.kinds import (
    color_jitter,
    gaussian_blur,
    random_affine,
    random_erasing,
    random_flip,
    random_grayscale,
    random_perspective,
    random_resized_crop,
    random_rotation,
    random_solarize,
)
from kpoc.layers._single import SingleAugmentation


def _layer(kind: type[Augmentation], sized: bool = False) -> type[SingleAugmentation]:
    """The registered layer of a kind, under the kind's name."""
    content = {"kind": kind, "sized": sized, "__module__": __name__}
    layer = type(kind.__name__, (SingleAugmentation,), content)
    return register_keras_serializable(package="kpoc")(layer)


ColorJitter = _layer(color_jitter.ColorJitter)
GaussianBlur = _layer(gaussian_blur.GaussianBlur)
RandomAffine = _layer(random_affine.RandomAffine)
RandomErasing = _layer(random_erasing.RandomErasing)
RandomFlip = _layer(random_flip.RandomFlip)
RandomGrayscale = _layer(random_grayscale.RandomGrayscale)
RandomPerspective = _layer(random_perspective.RandomPerspective)
RandomResizedCrop = _layer(random_resized_crop.RandomResizedCrop, sized=True)
RandomRotation = _layer(random_rotation.RandomRotation)
RandomSolarize = _layer(random_solarize.RandomSolarize)
