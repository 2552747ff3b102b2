"""What a model holds, however deep its parts are nested."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import keras


def inner_layers(layer, path: str = "") -> Iterator[tuple[str, keras.Layer]]:
    """All layers inside a layer, at any depth, with their path below it."""
    for inner in layer._flatten_layers(include_self=False, recursive=False):
        inner_path = f"{path}/{inner.name}".lstrip("/")
        yield inner_path, inner
        yield from inner_layers(inner, inner_path)


@dataclass(frozen=True)
class Node:
    """A layer in the graph that it is part of.

    Attributes:
        layer: The layer, or an operation without weights; None for the input.
        output: What it gives there.
    """

    layer: keras.Operation | None
    output: keras.KerasTensor

    @property
    def learns(self) -> bool:
        """Whether it has weights that can be trained, frozen ones too."""
        return bool(getattr(self.layer, "_trainable_variables", ()))


def unnested(model: keras.Function) -> dict[str, Node]:
    """All layers of a model as one graph, by their path.

    Models nested in it are entered, so that any two of the tensors are the input and
    output of a model (`keras.Model(nested.input, nested.get_layer(...).output)` says
    "graph disconnected"). The layers are those of the model, with their weights.

    Args:
        model: A functional model of one input. Its path is "".

    Returns:
        In the order in which they are computed; the input, called "", comes first.

    Example:
        >>> images = keras.Input((8, 8, 3))
        >>> convolution = keras.layers.Conv2D(4, 3, name="conv")
        >>> inner = keras.Sequential([convolution], name="inner")
        >>> list(unnested(keras.Model(images, inner(images))))
        ['', 'inner/conv']
    """
    images = keras.Input(batch_shape=model.input_shape)
    nodes = {"": Node(None, images)}

    def enter(graph: keras.Model, x, path: str):
        def call(layer, *arguments, **options):
            inner_path = f"{path}/{layer.name}".lstrip("/")
            if is_graph(layer):
                return enter(layer, arguments[0], inner_path)
            output = layer(*arguments, **options)
            nodes[inner_path] = Node(layer, output)
            return output

        if isinstance(graph, keras.Sequential):
            for layer in graph.layers:
                x = call(layer, x)
            return x
        # `keras.models.clone_model` would cut the inner graph from the outer one
        return graph._run_through_graph(x, call_fn=call)

    enter(model, images, "")
    return nodes


def is_graph(layer) -> bool:
    """Whether a layer is a functional or sequential model: a graph of others."""
    return isinstance(layer, keras.Model) and isinstance(
        layer, keras.Function | keras.Sequential
    )
