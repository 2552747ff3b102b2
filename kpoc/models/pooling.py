"""From the features of a backbone to one vector an image."""

from __future__ import annotations

from keras import layers

_MAP = 4


def pool(features):
    """The mean over the map, or a vector as it is.

    Args:
        features: Of a backbone: (B, H, W, C) or (B, C).

    Returns:
        (B, C).
    """
    if len(features.shape) == _MAP:
        return layers.GlobalAveragePooling2D()(features)
    return features
