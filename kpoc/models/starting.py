"""A backbone with the weights that a recipe names, wherever they come from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import keras

from kpoc.models.encoder import Encoder
from kpoc.models.registry import Backbone
from kpoc.weights import locate
from kpoc.weights.run import TrainedRun

_READS = {
    None: "",
    "file": ", the path of a weights file",
    "huggingface": ", the path of a Hugging Face folder, a repository of the hub",
}


def build_backbone(entry: Backbone, config, image_size: int) -> keras.Model:
    """Builds a backbone as a recipe asks for it.

    Args:
        entry: Of the registry.
        config: The `model` part of the recipe.
        image_size: Side of the images in pixels.

    Raises:
        ValueError: Unknown options, an image too small, or weights that do not fit.
        FileNotFoundError: There are no such weights.
        ConnectionError: They could not be downloaded.
    """
    entry.check_options(config.options)
    entry.check_size(image_size)
    weights = entry.resolve(config.weights)
    if weights in entry.weight_names:
        return _downloaded(entry, weights, config.options, image_size)
    located = locate(weights)
    if located.run:
        return _of_run(entry, located.run, config.options, image_size)
    if located.kind == "name" and not Path(weights).exists():
        raise FileNotFoundError(
            f"`weights` of the backbone {entry.name} must be null, one of "
            f"{sorted(entry.weight_names)}{_READS[entry.reads]} or the directory of a "
            f"run. Received: {config.weights!r}"
        )
    path = located.path or weights
    return entry.build(
        image_size, weights=None if path is None else str(path), **config.options
    )


def _downloaded(
    entry: Backbone, weights: str, options: Mapping, image_size: int
) -> keras.Model:
    try:
        return entry.build(image_size, weights=weights, **options)
    except Exception as error:
        if "fetch" not in str(error):
            raise
        raise ConnectionError(
            f"the weights {weights!r} of {entry.name} could not be downloaded "
            f"({error}). Fetch the file on a machine that can and name it with "
            f"--weights PATH, or ask for random ones with model.weights=null"
        ) from error


def _of_run(
    entry: Backbone, run: TrainedRun, options: Mapping, image_size: int
) -> keras.Model:
    """The encoder of a run, at a size.

    It is built as it was there, with its scaling of images. Options that the recipe
    says otherwise are followed where the weights fit what they make: dropout, say.
    """
    theirs = run.model_config
    if theirs["backbone"] != entry.name:
        raise ValueError(
            f"`weights` must be those of the backbone {entry.name}. Received: "
            f"{run.path}, a run of {theirs['backbone']}"
        )
    encoder = Encoder.load(run.model_file, entry.name)
    asked = {**theirs.get("options", {}), **options}
    if asked == theirs.get("options", {}):
        policy = keras.config.dtype_policy().name
        backbone = encoder.at(image_size, dtype=policy).backbone
        backbone.trainable = True
        return backbone
    backbone = entry.build(image_size, weights=None, **asked)
    try:
        encoder.copy_to(Encoder(backbone))
    except ValueError as error:
        raise ValueError(
            f"`options` must fit the weights of {run.path}, whose own are "
            f"{theirs.get('options', {})}. Received: {dict(options)}: {error}"
        ) from error
    return backbone
