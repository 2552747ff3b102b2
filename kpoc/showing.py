"""A protocol's data as a page."""

from __future__ import annotations

import dataclasses
import datetime
import re
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from kpoc.data.augmentation.chain import Chain, make_augmentations
from kpoc.data.augmentation.opencv import augment
from kpoc.data.build import build_manifest
from kpoc.data.check import Progress, no_progress
from kpoc.data.decode import read_image
from kpoc.data.images import Finding, check_images
from kpoc.data.manifest import Manifest
from kpoc.data.paths import require_folder
from kpoc.data.protocol import Protocol
from kpoc.data.thumbnails import thumbnail
from kpoc.recipe import Recipe, load_recipe
from kpoc.report.data import Augmented, Subject, write_data_page
from kpoc.text import this_command
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
        recipe: Whose augmentation is shown; None shows none.
        out: Folder of pages; this one goes to `<out>/<protocol>/index.html`.
        cache: As in `build_manifest`.
        progress: As in `kpoc.data.check.check_data`.

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
    findings = _findings(manifest, progress("Checking images", len(manifest)))
    good = [name for name, one in findings.items() if one.kind is None]
    subject = Subject(
        manifest,
        findings,
        _augmented(manifest, good, recipe, chain) if recipe else None,
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


def _augmented(
    manifest: Manifest, good: list[str], recipe: Recipe, chain: Chain
) -> Augmented:
    """Training images as a recipe changes them, each by its own row and epoch."""
    train = manifest.rows("train")
    train = train[train["id"].isin(good)]
    places = np.linspace(0, len(train) - 1, AUGMENTED_IMAGES).round().astype(int)
    rows = train.iloc[np.unique(places) if len(train) else []]
    size = (recipe.image_size, recipe.image_size)
    images = [_to_size(manifest.root / path, size) for path in rows["path"]]
    views = [images]
    if len(chain) and images:
        views += [
            augment(
                np.stack(images),
                chain,
                rows.index.to_numpy(),
                size=size,
                seed=recipe.seed,
                epoch=k,
            )
            for k in range(AUGMENTED_EPOCHS)
        ]
    return Augmented(
        recipe=recipe.name,
        kinds=[_in_words(one) for one in recipe.augmentation],
        image_size=recipe.image_size,
        seed=recipe.seed,
        ids=rows["id"].tolist(),
        pictures=[[thumbnail(view[i]) for view in views] for i in range(len(rows))],
    )


def _to_size(path: Path, size: tuple[int, int]) -> np.ndarray:
    image = read_image(path)
    smaller = min(image.shape[:2]) > size[0]
    how = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    return cv2.resize(image, size, interpolation=how)


def _in_words(component) -> str:
    """Name and parameters of an augmentation: `random_flip p=0.5`."""
    parameters = [f"{name}={value}" for name, value in component.params.items()]
    return " ".join([component.name, *parameters])
