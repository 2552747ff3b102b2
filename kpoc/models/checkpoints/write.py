"""A ViT to a folder that `transformers` reads."""

import json
import re
from pathlib import Path

import keras
import numpy as np

from kpoc.ground.files import atomic
from kpoc.models.checkpoints.dialects import dialects
from kpoc.models.checkpoints.layout import to_torch
from kpoc.models.checkpoints.read import by_path
from kpoc.weights.huggingface import CONFIG, PREPROCESSING, WEIGHTS


def write_vit(vit, folder, *, preprocessing=None, labels=None):
    """Writes a ViT as a Hugging Face folder: config, safetensors, preprocessing.

    A plain ViT becomes `vit`, one with layer scale `dinov2`, one with a norm before
    the blocks `clip_vision_model`. `transformers` loads it with the same outputs.

    Args:
        vit: A `kpoc.models.ViT`.
        folder: Made if it is not there; files of an earlier call are replaced.
        preprocessing: A `kpoc.models.checkpoints.Preprocessing`, or `None` to write no
            preprocessor_config.json.
        labels: Names of the classes, or `None` for `LABEL_0`, ...

    Raises:
        ValueError: No architecture of `transformers` is this model, or the number of
            labels is not that of the classes.
    """
    from safetensors.numpy import save_file

    config = vit.config
    dialect = _writable(config)
    classes = config["num_classes"]
    if labels is not None and len(labels) != (classes or 0):
        raise ValueError(
            f"`labels` must be {classes or 0} names. Received: {len(labels)}"
        )
    if config["image_size"][0] != config["image_size"][1]:
        raise ValueError(
            "`vit` must have a square native size to be written. "
            f"Received: image_size={config['image_size']}"
        )
    ours, tensors = by_path(vit), {}
    for path, names in dialect.tensors(config).items():
        names = [names] if isinstance(names, str) else names
        value = np.asarray(keras.ops.convert_to_numpy(ours[path]), "float32")
        for name, part in zip(names, to_torch(path, value, len(names)), strict=True):
            if re.fullmatch(dialect.squeezed, name):
                part = part.squeeze()
            tensors[_stored(dialect, name, config)] = part
    folder = Path(folder)
    with atomic(folder / WEIGHTS) as part:
        save_file(tensors, part, metadata={"format": "pt"})
    known = {**dialect.config_json(config), "dtype": "float32"}
    if classes is not None:
        names = labels or [f"LABEL_{index}" for index in range(classes)]
        known["id2label"] = {str(index): name for index, name in enumerate(names)}
        known["label2id"] = {name: index for index, name in enumerate(names)}
    _write_json(folder / CONFIG, known)
    if preprocessing is not None:
        _write_json(folder / PREPROCESSING, preprocessing.to_config())


def _writable(config):
    reasons = []
    for name, dialect in dialects().items():
        if hasattr(dialect, "config_json"):
            reason = dialect.fits(config)
            if reason is None:
                return dialect
            reasons.append(f"{name}: {reason}")
    raise ValueError(
        "`vit` must be an architecture that transformers has. "
        f"Received: {'; '.join(reasons)}"
    )


def _stored(dialect, name, config):
    """The name in the file: a model with a head has its trunk under a prefix."""
    [prefix] = dialect.prefixes({})
    below_head = config["num_classes"] is not None and not name.startswith("classifier")
    return prefix + name if dialect.prefixed or below_head else name


def _write_json(path, content):
    with atomic(path) as part:
        part.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
