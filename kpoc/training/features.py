"""Features of a frozen backbone, computed once instead of again in every epoch.

What a frozen backbone makes of an image that nobody changes is always the same. Where a
recipe asks for both, the features of the training and validation rows are computed
once, kept in the cache folder (other seeds and a resumed training find them there), and
what comes after the backbone is trained on them. The model, the order of the batches
and the random numbers are those of a training without this, and so are the results, but
for the rounding of floats.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from kpoc.batches.pipeline import Rows, evaluation_images
from kpoc.ground.cache import cache_folder, discard, make_folder_once
from kpoc.ground.text import say
from kpoc.recipe import Recipe
from kpoc.training.progress import Bar

SPLITS = ("train", "validation")
"""The rows that are gone over once an epoch."""

_FILE, _ABOUT = "features.npy", "about.json"


def are_constant(recipe: Recipe) -> bool:
    """Whether a recipe's backbone gives the same features in every epoch.

    `cache: none` keeps them from being computed once, as it keeps images from being
    decoded once.
    """
    frozen = not recipe.model.trainable
    return frozen and not recipe.augmentation and recipe.cache != "none"


@dataclass(frozen=True)
class Features:
    """What a training goes on with instead of the whole model and images.

    Attributes:
        head: The part of the model after the features; it shares its layers.
        rows: The rows of `SPLITS`, with features instead of images.
        seconds: What it took to compute those of the training rows.
    """

    head: keras.Model
    rows: dict[str, Rows]
    seconds: float


def divide(core: keras.Model) -> tuple[keras.Model, keras.Model] | None:
    """Divides a model before its first layer that is trained or draws random numbers.

    Args:
        core: A model that is a chain of layers up to its heads, which give a dict of
            outputs by the names of their layers.

    Returns:
        The model up to there and the model from there on, which share the layers of
        `core`; None if what comes before has no weights, so that nothing is saved.
    """
    changing = [bool(each.trainable_variables) or _draws(each) for each in core.layers]
    first = changing.index(True) if any(changing) else 0
    if not any(layer.weights for layer in core.layers[:first]):
        return None
    cut = core.layers[first].input
    outputs = {name: core.get_layer(name).output for name in core.output_names}
    # a name, since what Keras counts up would tell the same model from itself
    return keras.Model(core.input, cut, name="body"), keras.Model(cut, outputs)


def _draws(layer: keras.Layer) -> bool:
    """Whether it draws random numbers in training; dropout of nothing does not."""
    return any(
        inner._seed_generators and getattr(inner, "rate", None) != 0
        for inner in layer._flatten_layers()
    )


def compute_once(
    core: keras.Model,
    splits: Mapping[str, Rows],
    hashes: Mapping[str, Sequence[str]],
    batch_size: int,
    jit_compile: bool,
    cache: str | Path | None = None,
) -> Features | None:
    """Computes the features of the rows that are gone over again and again.

    Args:
        core: The model; its frozen part comes first.
        splits: The rows of all splits.
        hashes: SHA-256 of the image of each row, by split.
        batch_size: Images that are computed at once.
        jit_compile: Whether XLA compiles the model.
        cache: The cache folder; by default as in `kpoc.ground.cache.cache_folder`.

    Returns:
        The features; None where the frozen part draws random numbers in training, as
        dropout does, or is none.

    Raises:
        ValueError: An image cannot be decoded.
    """
    parts = divide(core)
    if parts is None:
        say("the frozen backbone draws random numbers: no features to compute once")
        return None
    body, head = parts
    body.jit_compile = jit_compile
    key = _key(body, jit_compile)
    folder = cache_folder(cache) / "features"
    rows, seconds, new, bar = {}, {}, {}, Bar()
    for split in SPLITS:
        of_rows = hashlib.sha256("\n".join([key, *hashes[split]]).encode())
        found, seconds[split], new[split] = _get(
            folder / of_rows.hexdigest()[:32],
            lambda split=split: _compute(body, splits[split], batch_size, split, bar),
        )
        # the features take the place of the images, whatever becomes of them next
        rows[split] = dataclasses.replace(splits[split], pixels=found)
    number = sum(map(len, rows.values()))
    how = "computed once" + (", by an earlier training" * (not any(new.values())))
    bar.end(
        "the backbone is frozen and nothing is augmented: features "
        f"{how}, of {number} images in {sum(seconds.values()):.1f} s"
    )
    return Features(head, rows, seconds["train"])


def _get(
    folder: Path, compute: Callable[[], tuple[np.ndarray, float]]
) -> tuple[np.ndarray, float, bool]:
    """Features from a folder, made if need be; seconds it took; whether they are new.

    They are read from the disk as they are needed, so any number fits into memory.
    """
    if folder.is_dir():
        try:
            return *_load(folder), False
        except (OSError, ValueError, KeyError):
            discard(folder)
    found, seconds = compute()

    def fill(place: Path) -> None:
        np.save(place / _FILE, found)
        (place / _ABOUT).write_text(json.dumps({"seconds": seconds}), "utf-8")

    try:
        make_folder_once(folder, fill)
        return *_load(folder), True
    except (OSError, ValueError, KeyError) as error:
        say(f"the features could not be kept for other seeds ({error})")
        return found, seconds, True


def _load(folder: Path) -> tuple[np.ndarray, float]:
    about = json.loads((folder / _ABOUT).read_text("utf-8"))
    return np.load(folder / _FILE, mmap_mode="r"), about["seconds"]


def _compute(
    body: keras.Model, rows: Rows, batch_size: int, split: str, bar: Bar
) -> tuple[np.ndarray, float]:
    found = np.empty((len(rows), *body.output.shape[1:]), "float32")
    start, done = time.perf_counter(), 0
    for images in evaluation_images(rows, batch_size):
        number, images = len(images), np.asarray(images)
        # one shape, so that one graph is made
        missing = [(0, batch_size - number)] + [(0, 0)] * (images.ndim - 1)
        outputs = body.predict_on_batch(np.pad(images, missing))
        found[done : done + number] = outputs[:number]
        done += number
        bar.draw(f"computing features of the {split} rows: {done}/{len(rows)}")
    return found, time.perf_counter() - start


def _key(body: keras.Model, jit_compile: bool) -> str:
    """Hash of all that determines the features of an image."""
    digest = hashlib.sha256(body.to_json().encode())
    for weight in body.weights:
        values = keras.ops.convert_to_numpy(weight)
        digest.update(f"{values.dtype}{values.shape}".encode() + values.tobytes())
    facts = (keras.backend.backend(), keras.__version__, jit_compile)
    return hashlib.sha256(f"{digest.hexdigest()} {facts}".encode()).hexdigest()
