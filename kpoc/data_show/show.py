"""A protocol's data as a page."""

from __future__ import annotations

import dataclasses
import datetime
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from kpoc.augmentation.chain import Chain, make_augmentations
from kpoc.batches.rows import Rows
from kpoc.batches.training_steps import TrainingSteps
from kpoc.ground.text import this_command
from kpoc.pictures.decode import read_image
from kpoc.pictures.images import Finding, check_images
from kpoc.pictures.paths import require_folder
from kpoc.pictures.resize import to_size
from kpoc.pictures.thumbnails import exact_picture
from kpoc.protocols.build import build_manifest
from kpoc.protocols.check import Progress, no_progress
from kpoc.protocols.manifest import Manifest
from kpoc.protocols.protocol import Protocol
from kpoc.protocols.resampling import resample
from kpoc.recipe import Recipe, load_recipe
from kpoc.report.data import Augmented, Subject, write_data_page
from kpoc.version import __version__

AUGMENTED_IMAGES, AUGMENTED_EPOCHS = 8, 7


def show_data(
    protocol: str | Path | Protocol,
    *,
    data: str | Path | None = None,
    recipe: str | Path | Recipe | None = None,
    out: str | Path = "data_pages",
    cache: str | Path | None = None,
    progress: Progress = no_progress,
) -> Path:
    """Writes a page on the data of a protocol.

    Args:
        protocol: A protocol, its name, or the path of its .yaml.
        data: Where the images lie; by default `$KPOC_DATA`.
        recipe: Whose augmentation is shown, pixel for pixel as a training on these
            rows takes it in; None shows none.
        out: Folder of pages; this one goes to `<out>/<protocol>/index.html`.
        cache: As in `build_manifest`.
        progress: As in `kpoc.protocols.check.check_data`.

    Returns:
        The path of the page.

    Raises:
        ValueError: Protocol, data or recipe are not as they must be; says what.
    """
    # before anything is read: these errors should not have to wait for that
    require_folder(Path(out), "--out")
    if recipe is not None and not isinstance(recipe, Recipe):
        recipe = load_recipe(recipe)
    chain = make_augmentations(recipe.augmentation if recipe else [])
    manifest = build_manifest(protocol, root=data, cache=cache)
    if recipe is not None:
        # asked now for its error alone
        resample(manifest, recipe.resampling)
    findings = _findings(manifest, progress("Checking images", len(manifest)))
    bad = {name: one.kind for name, one in findings.items() if one.kind is not None}
    subject = Subject(
        manifest,
        findings,
        _augmented(manifest.without(bad), recipe, chain) if recipe else None,
        command=this_command(),
        created=datetime.datetime.now().astimezone().isoformat(timespec="seconds"),
        version=__version__,
    )
    return write_data_page(subject, Path(out) / _folder(manifest.meta["protocol"]))


def _folder(name: str) -> str:
    """A name as that of a folder.

    Example:
        >>> _folder("faces"), _folder("../all of/mine")
        ('faces', 'all_of_mine')
    """
    return re.sub(r"[^\w-]+", "_", name).strip("_") or "data"


def _findings(
    manifest: Manifest, progress: Callable[[int], None]
) -> dict[str, Finding]:
    """What the check found, by id; paths as in the manifest."""
    found = check_images(manifest.paths(), progress=progress)
    rows = zip(manifest.table["id"], manifest.table["path"], found, strict=True)
    return {name: dataclasses.replace(one, path=path) for name, path, one in rows}


def _augmented(manifest: Manifest, recipe: Recipe, chain: Chain) -> Augmented:
    """Some images of the training rows in each of the first epochs."""
    trained = resample(manifest, recipe.resampling)
    paths = trained.path_texts("train")
    places = np.linspace(0, len(paths) - 1, AUGMENTED_IMAGES).round().astype(int)
    index = np.unique(places) if len(paths) else places[:0]
    return Augmented(
        recipe=recipe.name,
        kinds=[_in_words(one) for one in recipe.augmentation],
        image_size=recipe.image_size,
        seed=recipe.seed,
        ids=trained.column("train", "id").iloc[index].tolist(),
        pictures=[
            [exact_picture(view) for view in views]
            for views in _views(paths, index, recipe, chain)
        ],
    )


def _views(
    paths: Sequence[str], index: np.ndarray, recipe: Recipe, chain: Chain
) -> Iterator[tuple[np.ndarray, ...]]:
    """Each image at the recipe's size, then as training sees it in each epoch."""
    if not len(index):
        return
    size = recipe.image_size
    images = np.stack([to_size(read_image(paths[i]), size) for i in index])
    steps = TrainingSteps(
        Rows(paths, {}, size), 1, seed=recipe.seed, augmentations=chain
    )
    epochs = range(AUGMENTED_EPOCHS if len(chain) else 0)
    augmented = [steps.images(k * steps.per_epoch, index, images) for k in epochs]
    yield from zip(images, *augmented, strict=True)


def _in_words(component) -> str:
    """Name and parameters of an augmentation: `random_flip p=0.5`."""
    parameters = [f"{name}={value}" for name, value in component.params.items()]
    return " ".join([component.name, *parameters])
