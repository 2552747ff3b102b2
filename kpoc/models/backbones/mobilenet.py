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

from kpoc.models.padding import with_symmetric_padding
from kpoc.models.registry import register
from kpoc.models.weights import layer_names, load_file
from kpoc.schema import Fraction

ORIGIN = "keras.applications, ImageNet-1k, Apache-2.0"
Padding = Literal["keras", "symmetric"]
Factor = Annotated[float, pydantic.Field(gt=0.0)]


def _keras(core: keras.Model, file: str | None) -> keras.Model:
    if file and _is_from_padded(file):
        raise ValueError(
            "`padding` must be 'symmetric' for weights written from a model with "
            f"symmetric padding (model.options.padding=symmetric). Received: {file}"
        )
    if file:
        load_file(core, file)
    return core


def _symmetric(core: keras.Model, file: str | None) -> keras.Model:
    from_padded = file and _is_from_padded(file)
    if file and not from_padded:
        load_file(core, file)
    core = with_symmetric_padding(core)
    if from_padded:
        load_file(core, file)
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
    named = weights if weights == "imagenet" else None
    if named and padding == "symmetric":
        raise ValueError(
            "`padding` must be 'keras' with the weights 'imagenet', which were trained "
            f"that way. Received: {padding!r}"
        )
    core = application(
        input_shape=(image_size, image_size, 3), include_top=False, weights=named
    )
    if batch_norm_momentum is not None:
        for layer in core.layers:
            if isinstance(layer, keras.layers.BatchNormalization):
                layer.momentum = batch_norm_momentum
    core = _WITH_PADDING[padding](core, None if named else weights)
    images = keras.Input(core.input_shape[1:])
    x = keras.layers.Rescaling(1 / 127.5, offset=-1.0)(images)
    return keras.Model(images, core(x))


@register("mobilenet_v2", xla_on_cpu=False, weight_names={"imagenet": ORIGIN})
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
    register(_name, xla_on_cpu=False, weight_names={"imagenet": ORIGIN})(
        partial(_mobilenet_v3, _application)
    )
