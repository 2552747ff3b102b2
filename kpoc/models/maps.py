"""What of a backbone lies on the image: feature maps, patch tokens, attention."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import keras
from keras import layers

from kpoc.models.layout import Node, is_graph, unnested
from kpoc.models.pooling import pool
from kpoc.models.vit import ViT

_MAP = 4
_SHOWN = 5


@dataclass(frozen=True)
class Maps:
    """A backbone divided at a layer whose output lies on the image.

    `rest(first(images))` is what the heads see: the gradient of a logit by
    `first(images)`, and that output itself, are what Grad-CAM needs. Both take and give
    tensors of any backend.

    Attributes:
        kinds: What can be had: `features` of a CNN; `tokens` and `attention` of a ViT.
        layer: Path, below the backbone, of the layer whose output (of a ViT: whose
            input) the map is.
        grid: Rows and columns of the map.
        prefix: Tokens that come before those of the patches and lie nowhere: class
            token, registers. 0 for a CNN.
        first: RGB in 0..255 of the backbone's size to the map, (B, rows, columns, C),
            or to tokens (B, prefix + rows * columns, C).
        rest: From there to pooled features (B, C).
        vit: The ViT, with `attentions` and `tokens`; None for a CNN.
        before_vit: RGB in 0..255 to what the ViT takes; None for a CNN.
    """

    kinds: tuple[str, ...]
    layer: str
    grid: tuple[int, int]
    prefix: int
    first: Callable
    rest: Callable
    vit: ViT | None = None
    before_vit: keras.Model | None = None

    @classmethod
    def of(cls, backbone: keras.Model, name: str | None, layer: str | None) -> Maps:
        """Divides a backbone.

        Args:
            backbone: RGB in 0..255 to features.
            name: What it is called in errors.
            layer: The path that the registry says; None for the last feature map of
                more than one position that comes after a weight, or of a ViT for the
                tokens that its last block takes. Those that it gives have no gradient
                where the class token alone is the feature.

        Raises:
            ValueError: There is no such layer, or its output does not lie on the image.
        """
        title = name or backbone.name
        if not is_graph(backbone):
            raise ValueError(
                "`backbone` must be a functional model to have maps. Received: "
                f"{title}, a {type(backbone).__name__}"
            )
        nodes = unnested(backbone)
        vits = [path for path in nodes if isinstance(nodes[path].layer, ViT)]
        if vits:
            return _of_tokens(nodes, vits[-1], layer, title)
        return _of_features(nodes, layer, title)


def _of_features(nodes: dict[str, Node], layer: str | None, title: str) -> Maps:
    lying = _lying(nodes)
    if layer is not None and layer not in lying:
        raise ValueError(
            f"`map_layer` of {title} must be a layer with more than one position, such "
            f"as {', '.join(lying[-_SHOWN:])}. Received: {layer!r}"
        )
    images, *_, last = (node.output for node in nodes.values())
    if not lying:
        raise ValueError(
            f"`backbone` must have a feature map of more than one position. Received: "
            f"{title} for images of {images.shape[1]} pixels"
        )
    path = layer or lying[-1]
    cut = nodes[path].output
    return Maps(
        ("features",),
        path,
        tuple(cut.shape[1:3]),
        0,
        keras.Model(images, cut, name="to_map"),
        keras.Model(cut, pool(last), name="from_map"),
    )


def _lying(nodes: dict[str, Node]) -> list[str]:
    """Paths of the layers after the first weight whose output has some positions."""
    found, learnt = [], False
    for path, node in nodes.items():
        learnt = learnt or node.learns
        shape = node.output.shape
        beside = isinstance(node.layer, (layers.ZeroPadding2D, layers.Cropping2D))
        if learnt and len(shape) == _MAP and shape[1] * shape[2] > 1 and not beside:
            found.append(path)
    return found


def _of_tokens(
    nodes: dict[str, Node], path: str, layer: str | None, title: str
) -> Maps:
    vit = nodes[path].layer
    blocks = {f"{path}/{block.name}": i for i, block in enumerate(vit.blocks)}
    layer = layer or list(blocks)[-1]
    if layer not in blocks:
        raise ValueError(
            f"`map_layer` of {title} must be a block of its ViT, such as "
            f"{list(blocks)[-1]}. Received: {layer!r}"
        )
    taken = list(nodes.values())[list(nodes).index(path) - 1].output
    before = keras.Model(nodes[""].output, taken, name="before_vit")
    number = blocks[layer]
    return Maps(
        ("tokens", "attention"),
        layer,
        vit.patches.grid(taken.shape),
        vit.positions.leading,
        lambda images: vit.run_blocks(vit.embed(before(images)), 0, number),
        lambda tokens: vit.finish(vit.run_blocks(tokens, number, len(vit.blocks))),
        vit,
        before,
    )
