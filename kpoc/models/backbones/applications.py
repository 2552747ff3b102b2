"""Every other backbone of `keras.applications`, by its name in snake case."""

from __future__ import annotations

import re
from functools import partial

import keras
from keras import applications, layers

from kpoc.models.registry import register
from kpoc.models.weights import IMAGENET, of_keras

ORIGIN = "keras.applications, ImageNet-1k; see keras.io/api/applications for licences"


@keras.saving.register_keras_serializable(package="kpoc")
class CaffeScaling(layers.Layer):
    """RGB to BGR less the mean of ImageNet, as Caffe's networks take it."""

    def call(self, images):
        return images[..., ::-1] - keras.ops.array(
            [103.939, 116.779, 123.68], "float32"
        )

    def compute_output_shape(self, input_shape):
        return input_shape


def _nothing(**options):
    return layers.Identity(**options)


def _to_one(**options):
    return layers.Rescaling(1 / 127.5, offset=-1.0, **options)


def _normalised(**options):
    mean, std = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    scale = [1 / (255 * s) for s in std]
    offset = [-m / s for m, s in zip(mean, std, strict=True)]
    return layers.Rescaling(scale, offset, **options)


# what each family's `preprocess_input` does; the last family scales inside the network
_FAMILIES = (
    (
        CaffeScaling,
        "BGR less the mean of ImageNet (Caffe)",
        "ResNet50 ResNet101 ResNet152 VGG16 VGG19",
    ),
    (
        _normalised,
        "mean and standard deviation of ImageNet",
        "DenseNet121 DenseNet169 DenseNet201",
    ),
    (
        _to_one,
        "scaled to [-1, 1]",
        "ResNet50V2 ResNet101V2 ResNet152V2 MobileNet InceptionV3 InceptionResNetV2 "
        "Xception NASNetMobile NASNetLarge",
    ),
    (
        _nothing,
        "inside the network",
        "EfficientNetB0 EfficientNetB1 EfficientNetB2 EfficientNetB3 EfficientNetB4 "
        "EfficientNetB5 EfficientNetB6 EfficientNetB7 EfficientNetV2B0 "
        "EfficientNetV2B1 EfficientNetV2B2 EfficientNetV2B3 EfficientNetV2S "
        "EfficientNetV2M EfficientNetV2L ConvNeXtTiny ConvNeXtSmall ConvNeXtBase "
        "ConvNeXtLarge ConvNeXtXLarge",
    ),
)
_BY_PARITY = ("EfficientNetB", "NASNet")
_SMALLEST = {"InceptionV3": 75, "InceptionResNetV2": 75, "Xception": 71}
_INPUT_SIZE = {
    "InceptionV3": 299,
    "InceptionResNetV2": 299,
    "Xception": 299,
    "NASNetLarge": 331,
    "EfficientNetB1": 240,
    "EfficientNetB2": 260,
    "EfficientNetB3": 300,
    "EfficientNetB4": 380,
    "EfficientNetB5": 456,
    "EfficientNetB6": 528,
    "EfficientNetB7": 600,
    "EfficientNetV2B1": 240,
    "EfficientNetV2B2": 260,
    "EfficientNetV2B3": 300,
    "EfficientNetV2S": 384,
    "EfficientNetV2M": 480,
    "EfficientNetV2L": 480,
}


def registered_name(name: str) -> str:
    """The name in the registry for a class name of `keras.applications`.

    Example:
        >>> [registered_name(name) for name in ("ResNet50V2", "ConvNeXtTiny")]
        ['resnet50_v2', 'convnext_tiny']
        >>> [registered_name(name) for name in ("EfficientNetV2B0", "InceptionV3")]
        ['efficientnet_v2_b0', 'inception_v3']
    """
    version, size = r"(V\d)(?=[A-Z]|$)", r"(B\d|Tiny|Small|Base|X?Large|Mobile|[SML])$"
    name = re.sub(version, r"_\1", name)
    name = re.sub(size, r"_\1", name)
    return name.replace("InceptionResNet", "Inception_ResNet").lower()


def _build(
    application: str, scaling, image_size: int, weights: str | None = None
) -> keras.Model:
    core = of_keras(getattr(applications, application), image_size, weights)
    images = keras.Input((image_size, image_size, 3))
    return keras.Model(images, core(scaling()(images)))


for _scaling, _says, _names in _FAMILIES:
    for _application in _names.split():
        register(
            registered_name(_application),
            xla_on_cpu=False,
            weight_names={IMAGENET: ORIGIN},
            smallest=_SMALLEST.get(_application, 32),
            input_size=_INPUT_SIZE.get(_application, 224),
            preprocessing=_says,
            pads_by_parity=_application.startswith(_BY_PARITY),
        )(partial(_build, _application, _scaling))
