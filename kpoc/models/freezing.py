"""Freezing parts of a model by the names of its layers."""

import re

from kpoc.models.layout import inner_layers


def freeze(model, pattern):
    """Freezes every layer inside a model whose path the pattern finds.

    A frozen batch norm also uses its stored statistics in training.

    Args:
        model: A Keras model.
        pattern: A regular expression on the paths of layers below the model
            (`block_3/attention/qkv`), or `None` for nothing.

    Raises:
        ValueError: The pattern finds no layer; says what there is.

    Example:
        >>> from kpoc.models import ViT
        >>> vit = ViT(16, patch_size=8, width=8, depth=2, heads=2)
        >>> freeze(vit, "patches|positions|block_0$")
        >>> [block.trainable for block in vit.blocks]
        [False, True]
    """
    if pattern is None:
        return
    paths = dict(inner_layers(model))
    found = [layer for path, layer in paths.items() if re.search(pattern, path)]
    if not found:
        listed = ", ".join(list(paths)[:20])
        raise ValueError(
            f"`freeze` must find layers of {model.name}, such as {listed}. "
            f"Received: {pattern!r}"
        )
    for layer in found:
        layer.trainable = False
