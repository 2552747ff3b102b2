"""The rows of a training: their images before it, the predictions of them after it."""

from __future__ import annotations

import time
from collections.abc import Sequence

import keras
import numpy as np
import pandas as pd

from kpoc.batches.decoded import fits_on_disk, keep_on_disk, require_budget
from kpoc.batches.pipeline import Rows, fits_in_memory, load_pixels
from kpoc.batches.sampling import make_sampler
from kpoc.batches.targets import encode
from kpoc.ground.files import atomic
from kpoc.inference.predictor import Predictor
from kpoc.models.grouped import GROUP
from kpoc.protocols.manifest import SPLITS, Manifest
from kpoc.training.objective import Needs
from kpoc.training.plan import Plan
from kpoc.training.progress import Bar
from kpoc.training.weighting import row_weights

ROW_NUMBER = "row/number"
"""What batches carry the numbers of their rows as, where an objective needs them."""

_DONE = {
    "memory": "decoded {} images in {:.1f} s",
    "disk": "{} decoded images in the cache folder, ready in {:.1f} s",
}


def where_to_keep(cache: str, images: int, image_size: int) -> str:
    """Where decoded images are kept: in `memory`, on `disk` or not (`none`).

    Args:
        cache: What the recipe's `cache` says; `auto` takes the memory where they fit,
            else the disk where they fit.
        images: Number of images.
        image_size: Side of the images in pixels.

    Raises:
        ValueError: They are to be kept on the disk and take more than the budget.
    """
    if cache == "disk":
        require_budget(images, image_size)
    if cache != "auto":
        return cache
    if fits_in_memory(images, image_size):
        return "memory"
    return "disk" if fits_on_disk(images, image_size) else "none"


def load_rows(plan: Plan, unkept: Sequence[str], needs: Needs) -> dict[str, Rows]:
    """The rows of each split, decoded and kept as the recipe's `cache` says.

    Args:
        plan: The plan.
        unkept: Splits that need the original images, or each image just once; they are
            not kept.
        needs: What their batches carry.
    """
    recipe, manifest = plan.recipe, plan.manifest
    counts, size = manifest.counts, recipe.image_size
    kept = [split for split in SPLITS if counts[split] and split not in unkept]
    total = sum(counts[split] for split in kept)
    place = where_to_keep(recipe.cache, total, size)
    loaded, bar, done = {}, Bar(), 0

    def progress(count: int) -> None:
        bar.draw(f"decoding images: {done + count}/{total}")

    start = time.monotonic()
    for split in SPLITS:
        paths = manifest.path_texts(split)
        labels = {
            name: encode(target, manifest.column(split, name))
            for name, target in recipe.task.targets.items()
            if needs.labels
        }
        weights = sampler = None
        if split == "train":
            weights = row_weights(recipe, manifest)
            sampler = make_sampler(recipe.sampling, manifest)
        pixels = None
        if split in kept and place == "memory":
            pixels = load_pixels(paths, size, progress)
        elif split in kept and place == "disk":
            hashes = manifest.column(split, "sha256").tolist()
            pixels = keep_on_disk(paths, hashes, size, progress)
        if pixels is not None:
            done += len(paths)
        loaded[split] = Rows(
            paths,
            labels,
            size,
            pixels,
            weights,
            sampler,
            beside=_beside(manifest, split, needs),
        )
    if done:
        bar.end(_DONE[place].format(done, time.monotonic() - start))
    return loaded


def _beside(manifest: Manifest, split: str, needs: Needs) -> dict[str, np.ndarray]:
    """Codes of groups and numbers of rows, as batches carry them."""
    found = {
        GROUP + by: pd.Index(manifest.columns[by].classes)
        .get_indexer(manifest.column(split, by))
        .astype("int32")
        for by in needs.groups
    }
    if needs.row_numbers:
        found[ROW_NUMBER] = np.arange(manifest.counts[split], dtype="int32")
    return found


def write_predictions(plan: Plan, model: keras.Model, rows: Rows, split: str) -> float:
    """Writes the predictions of a split into the run directory.

    Args:
        plan: The plan.
        model: The model, or the part of it that takes what stands in `rows`.
        rows: The rows of the split.
        split: Its name.

    Returns:
        The seconds that the model takes for all rows, without compilation.
    """
    recipe = plan.recipe
    predictor = Predictor(model, recipe.task.targets, recipe.image_size)
    ids = plan.manifest.column(split, "id")
    predicted = predictor.predict(ids, rows, recipe.batch_size)
    with atomic(plan.run.predictions_file(split)) as part:
        predicted.table.to_parquet(part, index=False)
    return predicted.seconds
