"""The same network for images of another size."""

from __future__ import annotations

import keras

from kpoc.models.layout import is_graph
from kpoc.models.padding import PadConv2D, padding_at
from kpoc.models.vit import ViT


class Rebuilt:
    """A copy of a backbone for another size, layer by layer; its weights are random.

    Every layer is made anew from its configuration, so scaling, widths and options are
    those of the original, whatever made it. What depends on the size follows it: the
    grid of a ViT whose native size is that of the original images, and paddings that
    go by whether a side is even (`padding_at`).

    Args:
        backbone: A model of square RGB images.
        image_size: The new side.
        by_parity: Whether its paddings go by whether a side is even; None if unknown.
        dtype: A dtype policy for all layers instead of their own.

    Attributes:
        model: The copy.

    Raises:
        ValueError: Its layers do not fit that size.
    """

    def __init__(
        self,
        backbone: keras.Model,
        image_size: int,
        by_parity: bool | None = None,
        dtype: str | None = None,
    ):
        self._dtype = dtype
        self._by_parity = by_parity
        if any(isinstance(layer, PadConv2D) for layer in backbone._flatten_layers()):
            # PyTorch's way, for all of them
            self._by_parity = False
        channels = backbone.input_shape[-1]
        images = keras.Input((image_size, image_size, channels))
        if is_graph(backbone):
            self.model = self._graph(backbone, images)
        else:
            self.model = self._layer(backbone, backbone.input_shape, images.shape)
            self.model(images)

    def _graph(self, graph: keras.Model, images) -> keras.Model:
        made = {}

        def call(layer, *arguments, **options):
            if id(layer) not in made:
                made[id(layer)] = self._copy(layer, arguments[0])
            return made[id(layer)](*arguments, **options)

        if isinstance(graph, keras.Sequential):
            x = images
            for layer in graph.layers:
                x = call(layer, x)
            copies = [made[id(layer)] for layer in graph.layers]
            return keras.Sequential([images, *copies], name=graph.name)
        return keras.models.clone_model(
            graph, images, clone_function=lambda layer: layer, call_function=call
        )

    def _copy(self, layer, x):
        if is_graph(layer):
            return self._graph(layer, keras.Input(batch_shape=x.shape))
        if not isinstance(layer, keras.Layer):
            return type(layer).from_config(layer.get_config())
        # what merges several has no size of its own
        old, new = (getattr(tensor, "shape", ()) for tensor in (layer.input, x))
        return self._layer(layer, old, new)

    def _layer(self, layer, old: tuple, new: tuple) -> keras.Layer:
        config = layer.get_config()
        if self._dtype:
            config["dtype"] = self._dtype
        if isinstance(layer, ViT) and config["image_size"] == list(old[1:3]):
            config["image_size"] = list(new[1:3])
        if isinstance(layer, keras.layers.ZeroPadding2D):
            config["padding"] = padding_at(layer, old, new, self._by_parity)
        return type(layer).from_config(config)
