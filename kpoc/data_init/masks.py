"""Masks and annotations that lie beside the images and are no images of a class."""

from __future__ import annotations

import glob
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from pathlib import PurePosixPath

from kpoc.sources.kinds.folder import Placed

_WORD = (
    "masks?|segmentations?|segs?|gts?|ground_?truths?|annotations?|annots?|depths?|"
    "trimaps?|saliency|labels?|heatmaps?|contours?|mattes?|superpixels?|overlays?|"
    "label_?ids|instance_?ids"
)
_TOKENS = re.compile(rf"(?:^|[^a-z])(?:{_WORD})(?:$|[^a-z])")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_AFTER = re.compile(
    rf"()(.+?)((?:[_\-. ]+(?:{_WORD}))+(?:[_\-. ]?\d+)?)", re.IGNORECASE
)
_BEFORE = re.compile(rf"((?:{_WORD})[_\-. ]+)(.+)()", re.IGNORECASE)
_IMAGE = ("image", "img", "rgb", "color", "orig", "original", "raw")
_IMAGES = {"images", "pictures", "photos", "imgs", "pics", "jpegimages", *_IMAGE}
_MOSTLY = 0.9


def is_mask(name: str) -> bool:
    """Whether a folder, or a column, by its name holds masks or annotations.

    Example:
        >>> is_mask("lung_masks"), is_mask("GroundTruth"), is_mask("damask")
        (True, True, False)
    """
    return bool(_TOKENS.search(_CAMEL.sub("_", name).lower()))


def are_images_and_masks(classes: Collection[str]) -> bool:
    """Whether folders are no classes, but hold images and their masks.

    Example:
        >>> are_images_and_masks(["images", "masks"]), are_images_and_masks(["a", "b"])
        (True, False)
    """
    masks = {name for name in classes if is_mask(name)}
    images = {name for name in classes if name.lower() in _IMAGES}
    return bool(masks and images) and masks | images == set(classes)


def find_masks(placed: Mapping[str, Placed]) -> dict[str, int]:
    """Patterns of masks and annotations, with the number of images that each fits.

    A folder inside of a class counts by its name, if other images lie beside it. A file
    counts by its name, if that of an image beside it is a part of it.

    Args:
        placed: Where each image lies, by its path.
    """
    folders = _folders(placed)
    patterns = Counter(
        pattern
        for path, each in placed.items()
        if (pattern := _folder_pattern(path, each, folders))
    )
    for pattern, paths in _by_name(placed).items():
        patterns[pattern] += paths
    return dict(patterns)


def _folders(placed: Mapping[str, Placed]) -> set[str]:
    """The folders of masks inside of classes, beside which there are other images."""
    beside: dict[str, set[str]] = defaultdict(set)
    for path, each in placed.items():
        parts = path.split("/")
        for depth in range(len(each.below) + 1):
            at = len(parts) - 1 - depth
            beside["/".join(parts[:at])].add(parts[at] if depth else "")
    return {
        f"{parent}/{name}"
        for parent, names in beside.items()
        for name in names
        if name and is_mask(name) and not all(n and is_mask(n) for n in names)
    }


def _folder_pattern(path: str, each: Placed, folders: set[str]) -> str | None:
    parts = path.split("/")
    for depth in range(len(each.below), 0, -1):
        at = len(parts) - 1 - depth
        if "/".join(parts[: at + 1]) in folders:
            return f"*/{glob.escape(parts[at])}/*"
    return None


def _by_name(placed: Mapping[str, Placed]) -> dict[str, int]:
    """Patterns of the names of masks, most of which have their image beside them."""
    stems = {str(PurePosixPath(path).with_suffix("")) for path in placed}
    fits: dict[str, list[bool]] = defaultdict(list)
    for path, each in placed.items():
        stem, suffix = PurePosixPath(each.name).stem, PurePosixPath(each.name).suffix
        if not (found := _AFTER.fullmatch(stem) or _BEFORE.fullmatch(stem)):
            continue
        before, image, after = found.groups()
        folder = path.removesuffix(each.name)
        has_image = any(folder + other in stems for other in _names_of(image))
        if before:
            pattern = f"*/{glob.escape(before)}*"
        else:
            pattern = "*" + re.sub(r"\d+", "[0-9]*", glob.escape(after)) + suffix
        fits[pattern].append(has_image)
    return {
        pattern: len(found)
        for pattern, found in fits.items()
        if sum(found) >= _MOSTLY * len(found)
    }


def _names_of(image: str) -> Iterator[str]:
    yield image
    for word in _IMAGE:
        yield from (f"{image}_{word}", f"{word}_{image}", f"{word.upper()}_{image}")
