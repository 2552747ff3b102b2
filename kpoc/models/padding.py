"""PyTorch's symmetric padding for the stride-2 convolutions of a Keras model.

Before a convolution of stride 2 and kernel k Keras pads an even-sized image at the
bottom and right only, PyTorch k // 2 on every side. Weights that were trained one way
give nonsense the other way, though every tensor fits.
"""

from __future__ import annotations

import keras

from kpoc.ground.errors import UserError


class UnknownPadding(UserError, ValueError):
    """How a model pads at another size cannot be told from the model alone."""


@keras.saving.register_keras_serializable(package="kpoc")
class PadConv2D(keras.layers.Conv2D):
    """A `valid` convolution that pads its input with k // 2 zeros on every side.

    Example:
        >>> PadConv2D(8, 3, strides=2).compute_output_shape((1, 64, 64, 3))
        (1, 32, 32, 8)
    """

    def call(self, inputs):
        height, width = (size // 2 for size in self.kernel_size)
        padding = [[0, 0], [height, height], [width, width], [0, 0]]
        return super().call(keras.ops.pad(inputs, padding))

    def compute_output_shape(self, input_shape):
        batch, height, width, channels = input_shape
        height += 2 * (self.kernel_size[0] // 2)
        width += 2 * (self.kernel_size[1] // 2)
        return super().compute_output_shape((batch, height, width, channels))


def with_symmetric_padding(model: keras.Model) -> keras.Model:
    """A copy of `model` that pads k // 2 on all sides at every stride-2 convolution.

    The copy has the weights of `model`, layer by layer.

    Args:
        model: A functional model whose stride-2 convolutions stand behind a
            `ZeroPadding2D`, but for one `same` convolution right behind the input.

    Raises:
        ValueError: The model has another kind of stride-2 convolution.
    """
    kernels = _kernels_behind_paddings(model)
    stem = _stem(model)

    def copy(layer: keras.layers.Layer) -> keras.layers.Layer:
        config = layer.get_config()
        if layer is stem:
            return PadConv2D.from_config({**config, "padding": "valid"})
        if layer.name in kernels:
            config["padding"] = kernels[layer.name] // 2
        return type(layer).from_config(config)

    images = keras.Input(model.input_shape[1:])
    padded = keras.models.clone_model(model, images, clone_function=copy)
    for layer in model.layers[1:]:
        padded.get_layer(layer.name).set_weights(layer.get_weights())
    return padded


def padding_at(
    layer: keras.layers.ZeroPadding2D, old: tuple, new: tuple, by_parity: bool | None
) -> tuple[tuple[int, int], tuple[int, int]]:
    """The padding in front of a window of stride 2, for images of another size.

    Some networks of `keras.applications` pad an even side by k // 2 - 1 at the top and
    left and an odd one by k // 2, as `padding="same"` would do. What is built at one
    size then pads wrongly at another.

    Args:
        layer: The padding.
        old: Shape of its input, as it was built.
        new: Shape of its input at the other size.
        by_parity: Whether the network pads that way; None if that is not known.

    Raises:
        UnknownPadding: It is not known, and would matter.
    """
    same = layer.padding
    window = _window_behind(layer)
    if by_parity is False or window is None or same != _by_parity(old, window):
        return same
    changed = _by_parity(new, window)
    if by_parity is None and changed != same:
        raise UnknownPadding(
            "`name` of the encoder must be given, the registry's name of the backbone: "
            f"the model does not say whether its {layer.name} pads odd sides as even "
            "ones. Received: None"
        )
    return changed


def _window_behind(layer: keras.layers.Layer) -> tuple[int, int] | None:
    """The window of a convolution or pooling right behind a layer, if there is one."""
    for node in layer._outbound_nodes:
        for name in ("kernel_size", "pool_size"):
            if window := getattr(node.operation, name, None):
                return tuple(window)
    return None


def _by_parity(
    shape: tuple, window: tuple[int, int]
) -> tuple[tuple[int, int], tuple[int, int]]:
    return tuple(
        (size // 2 - (1 - side % 2), size // 2)
        for side, size in zip(shape[1:3], window, strict=True)
    )


def _strided(layers: list[keras.layers.Layer]) -> list[keras.layers.Layer]:
    """Convolutions of stride 2, in the order of the graph."""
    return [
        layer
        for layer in layers
        if hasattr(layer, "kernel_size") and tuple(layer.strides) == (2, 2)
    ]


def _kernels_behind_paddings(model: keras.Model) -> dict[str, int]:
    return {
        layer.name: _strided(model.layers[position:])[0].kernel_size[0]
        for position, layer in enumerate(model.layers)
        if isinstance(layer, keras.layers.ZeroPadding2D)
    }


def _stem(model: keras.Model) -> keras.layers.Layer | None:
    same = [x for x in _strided(model.layers) if x.padding == "same"]
    if same and (len(same) > 1 or model.layers[1] is not same[0]):
        raise ValueError(
            "`model` must pad its stride-2 convolutions by ZeroPadding2D, but for one "
            f"right behind the input. Received: {[x.name for x in same]} with "
            "padding='same'"
        )
    return same[0] if same else None
