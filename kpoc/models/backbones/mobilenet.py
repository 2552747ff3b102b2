"""MobileNetV2 and MobileNetV3, from `keras.applications`.

Sandler et al. 2018, arXiv:1801.04381; Howard et al. 2019, arXiv:1905.02244.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, Literal

import keras
import pydantic
from keras import applications

from kpoc.ground.schema import Fraction
from kpoc.models.padding import with_symmetric_padding
from kpoc.models.registry import register
from kpoc.models.weights import IMAGENET, layer_names, load_file, of_keras

ORIGIN = "keras.applications, ImageNet-1k, Apache-2.0"
Padding = Literal["keras", "symmetric"]
Factor = Annotated[float, pydantic.Field(gt=0.0)]


def _keras(make: Callable[[str | None], keras.Model], weights: str | None):
    if weights and weights != IMAGENET and _is_from_padded(weights):
        raise ValueError(
            "`padding` must be 'symmetric' for weights written from a model with "
            f"symmetric padding (model.options.padding=symmetric). Received: {weights}"
        )
    return make(weights)


def _symmetric(make: Callable[[str | None], keras.Model], weights: str | None):
    if weights == IMAGENET:
        raise ValueError(
            "`padding` must be 'keras' with the weights 'imagenet', which were trained "
            "that way. Received: 'symmetric'"
        )
    from_padded = weights and _is_from_padded(weights)
    core = with_symmetric_padding(make(None if from_padded else weights))
    if from_padded:
        load_file(core, weights)
    return core


def _is_from_padded(file: str) -> bool:
    return "pad_conv2d" in layer_names(file)


_WITH_PADDING = {"keras": _keras, "symmetric": _symmetric}


def _backbone(
    application: Callable[..., keras.Model],
    image_size: int,
    weights: str | None,
    padding: Padding,
    batch_norm_momentum: float | None,
) -> keras.Model:
    """Puts the scaling of 0..255 to [-1, 1] in front and chooses the padding.

    MobileNets come with a batch-norm momentum of 0.999, whose running statistics lag a
    thousand steps behind: a short fine-tuning ends before they have caught up.
    """
    if padding not in _WITH_PADDING:
        raise ValueError(
            f"`padding` must be one of {list(_WITH_PADDING)}. Received: {padding!r}"
        )

    def make(weights: str | None) -> keras.Model:
        core = of_keras(application, image_size, weights)
        if batch_norm_momentum is not None:
            for layer in core.layers:
                if isinstance(layer, keras.layers.BatchNormalization):
                    layer.momentum = batch_norm_momentum
        return core

    core = _WITH_PADDING[padding](make, weights)
    images = keras.Input(core.input_shape[1:])
    x = keras.layers.Rescaling(1 / 127.5, offset=-1.0)(images)
    return keras.Model(images, core(x))


_FACTS = {
    "xla_on_cpu": False,
    "weight_names": {IMAGENET: ORIGIN},
    "pads_by_parity": True,
}


@register("mobilenet_v2", **_FACTS)
def mobilenet_v2(
    image_size: int,
    weights: str | None = None,
    alpha: Factor = 1.0,
    padding: Padding = "keras",
    batch_norm_momentum: Fraction | None = None,
) -> keras.Model:
    """MobileNetV2, `alpha` times as wide."""
    application = partial(applications.MobileNetV2, alpha=alpha)
    return _backbone(application, image_size, weights, padding, batch_norm_momentum)


def _mobilenet_v3(
    application: Callable[..., keras.Model],
    image_size: int,
    weights: str | None = None,
    alpha: Factor = 1.0,
    minimalistic: bool = False,
    padding: Padding = "keras",
    batch_norm_momentum: Fraction | None = None,
) -> keras.Model:
    application = partial(
        application, alpha=alpha, minimalistic=minimalistic, include_preprocessing=False
    )
    return _backbone(application, image_size, weights, padding, batch_norm_momentum)


for _name, _application in {
    "mobilenet_v3_small": applications.MobileNetV3Small,
    "mobilenet_v3_large": applications.MobileNetV3Large,
}.items():
    register(_name, **_FACTS)(partial(_mobilenet_v3, _application))
