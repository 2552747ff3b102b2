"""What every backbone of the registry promises."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

import keras
import numpy as np

from kpoc.models import Encoder, get_backbone
from kpoc.testing.promises import close, expect


def check_backbone(
    name: str,
    *,
    image_size: int,
    other_size: int,
    options: Mapping[str, object] | None = None,
) -> None:
    """Checks what a training, a saved run and `Encoder` rely on.

    Built from random weights, the backbone

    - takes RGB in 0..255 and gives finite features (B, H, W, C) or (B, C);
    - has options that are annotated, so that a recipe's are checked;
    - is the same from the same random seed;
    - is saved and loaded with its features;
    - can be divided at its map without a change of its features;
    - stands at another size with the same weights, as if it had been built there, or
      refuses in words;
    - gives its weights to another of the same architecture.

    Args:
        name: The backbone's, in the registry.
        image_size: Side at which it is built, in pixels; a small one is soon tested.
        other_size: Another side. One of other parity along the way (100 beside 96)
            tests more.
        options: For its `build`.

    Raises:
        AssertionError: A promise is broken; says which.

    Example:
        >>> check_backbone("small_cnn", image_size=32, other_size=48)
    """
    options = dict(options or {})
    entry = get_backbone(name)
    entry.check_options(options)
    entry.check_size(other_size)
    encoder = Encoder(_built(name, image_size, options))
    images = _images(image_size)

    expect(encoder.name == name, "the model must be named after the entry")
    features = encoder.features(images)
    width = encoder.backbone.output_shape[-1]
    expect(
        features.shape == (len(images), width) and np.isfinite(features).all(),
        f"{name} must give one finite vector an image",
    )
    expect(np.ptp(features, axis=0).any(), f"{name} must tell one image from another")
    close(
        Encoder(_built(name, image_size, options)).features(images),
        features,
        f"{name} must be the same from the same seed",
    )
    close(
        _saved(encoder).features(images),
        features,
        f"{name} must have the same features after it was saved and loaded",
    )
    maps = encoder.maps
    pixels = keras.ops.convert_to_tensor(images.astype("float32"))
    close(
        keras.ops.convert_to_numpy(maps.rest(maps.first(pixels))),
        features,
        f"{name} must be divided at {maps.layer} without a change",
    )
    _check_other_size(encoder, other_size, options)


def _check_other_size(encoder: Encoder, size: int, options: dict) -> None:
    try:
        there = encoder.at(size)
    except ValueError as error:
        expect(
            "`image_size` must" in str(error),
            f"{encoder.name} must refuse a size in words",
        )
        return
    images = _images(size)
    features = there.features(images)
    expect(np.isfinite(features).all(), f"{encoder.name} must be finite at {size}")
    built = Encoder(_built(encoder.name, size, options))
    try:
        encoder.copy_to(built)
    except ValueError:
        # built there it has other tensors, such as a kernel as large as the map
        return
    close(
        features,
        built.features(images),
        f"{encoder.name} must be at {size} as if it had been built there",
    )


def _built(name: str, image_size: int, options: dict) -> keras.Model:
    keras.utils.set_random_seed(0)
    backbone = get_backbone(name).build(image_size, weights=None, **options)
    rng = np.random.default_rng(0)
    for weight in backbone.weights:
        # biases and moving statistics begin as constants, which hide a mix-up
        values = keras.ops.convert_to_numpy(weight)
        weight.assign(values * (1 + 0.1 * rng.random(values.shape)))
    return backbone


def _saved(encoder: Encoder) -> Encoder:
    with tempfile.TemporaryDirectory() as folder:
        encoder.backbone.save(Path(folder) / "backbone.keras")
        model = keras.saving.load_model(Path(folder) / "backbone.keras", compile=False)
    return Encoder(model)


def _images(side: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (2, side, side, 3), "uint8")
