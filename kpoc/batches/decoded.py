"""Decoded images in the cache folder: made once, checked, shared by trainings.

A folder a set of images, `decoded/<key>/`, with `pixels.bin`, the uint8 pixels of one
image after the other, and `about.json`, their number and SHA-256. The key covers the
content of the image files, in their order, the size, and the decoders' versions. Pixels
are read from the disk as they are needed, so any number fits into memory.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
import platform
import shutil
from collections.abc import Callable, Iterator, Sequence
from importlib import metadata
from pathlib import Path

import numpy as np

from kpoc.batches.pipeline import load_pixels
from kpoc.ground.cache import cache_folder, discard, make_folder_once
from kpoc.ground.files import Lock, require_space
from kpoc.ground.hashing import file_sha256
from kpoc.ground.text import say

BUDGET = "KPOC_CACHE_GB"
"""The variable with the gigabytes that all decoded images together may take."""
DEFAULT_GB = 20.0

_VERSION = 3
_DECODERS = ("opencv-python-headless", "pillow", "simplejpeg")
_FREE_SHARE = 0.9
_PIXELS, _ABOUT = "pixels.bin", "about.json"


def bytes_of(images: int, image_size: int) -> int:
    """Bytes that decoded images take."""
    return images * image_size * image_size * 3


def budget() -> int:
    """Bytes that all decoded images in the cache folder may take.

    Raises:
        ValueError: `$KPOC_CACHE_GB` is no number of 0 or more.
    """
    text = os.environ.get(BUDGET, str(DEFAULT_GB))
    try:
        gigabytes = float(text)
    except ValueError:
        gigabytes = -1.0
    if not 0.0 <= gigabytes < math.inf:
        raise ValueError(f"`{BUDGET}` must be a number, 0 or more. Received: {text!r}")
    return int(gigabytes * 1e9)


def require_budget(images: int, image_size: int) -> None:
    """Checks that decoded images are within the budget.

    Raises:
        ValueError: They are not.
    """
    needed, allowed = bytes_of(images, image_size), budget()
    if needed > allowed:
        raise ValueError(
            f"`cache: disk` must stay within ${BUDGET}, {allowed / 1e9:g} GB. "
            f"Received: images that take {needed / 1e9:.3g} GB"
        )


def fits_on_disk(images: int, image_size: int, cache: str | Path | None = None) -> bool:
    """Whether that many decoded images are within the budget, and the disk has room."""
    needed = bytes_of(images, image_size)
    return needed <= min(budget(), _FREE_SHARE * _free(cache_folder(cache)))


def _free(folder: Path) -> int:
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def keep_on_disk(
    paths: Sequence[str | Path],
    hashes: Sequence[str],
    image_size: int,
    progress: Callable[[int], None] = lambda done: None,
    cache: str | Path | None = None,
) -> np.ndarray:
    """Decoded images from the cache folder, made if need be.

    A file that is damaged is named and made anew. One process makes what several want.
    What was used longest ago gives way to what is new.

    Args:
        paths: Image files, at least one.
        hashes: SHA-256 of each.
        image_size: Side of the result in pixels.
        progress: Called with the number of images done, now and then; with all of them
            at once where they were there.
        cache: The cache folder; by default as in `kpoc.ground.cache.cache_folder`.

    Returns:
        (n, image_size, image_size, 3) uint8, read-only.

    Raises:
        ValueError: They take more than the budget, or an image cannot be decoded.
        OSError: The cache cannot be written.
    """
    target = cache_folder(cache) / "decoded" / _key(hashes, image_size)
    shape = (len(paths), image_size, image_size, 3)
    if not _is_whole(target, shape):
        with _alone(target.parent):
            if not _is_whole(target, shape):
                _make(target, shape, paths, progress)
    progress(len(paths))
    os.utime(target)
    pixels = np.memmap(target / _PIXELS, np.uint8, "r", shape=shape)
    return pixels.view(np.ndarray)


def _key(hashes: Sequence[str], image_size: int) -> str:
    versions = [f"{name} {metadata.version(name)}" for name in _DECODERS]
    facts = [str(_VERSION), platform.machine(), *versions, str(image_size), *hashes]
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:32]


def _is_whole(target: Path, shape: tuple[int, ...]) -> bool:
    """Whether the pixels are there; damaged ones are removed."""
    if not target.is_dir():
        return False
    try:
        about = json.loads((target / _ABOUT).read_text("utf-8"))
        if about["shape"] != list(shape):
            raise ValueError(f"it holds images of shape {about['shape']}")
        if file_sha256(target / _PIXELS) != about["sha256"]:
            raise ValueError(f"{_PIXELS} has another SHA-256 than {_ABOUT} says")
    except (OSError, ValueError, KeyError, TypeError) as error:
        say(f"{target} is damaged and will be made again: {error}")
        discard(target)
        return False
    return True


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One process at a time; what killed ones left is removed."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = Lock(folder)
    lock.wait(lambda: say("waiting for another process that decodes images"))
    try:
        for left in folder.glob(".*-*"):
            shutil.rmtree(left, ignore_errors=True)
        yield
    finally:
        lock.release()


def _make(
    target: Path,
    shape: tuple[int, ...],
    paths: Sequence[str | Path],
    progress: Callable[[int], None],
) -> None:
    require_budget(*shape[:2])
    size = bytes_of(*shape[:2])
    _make_room(target.parent, size)

    def fill(folder: Path) -> None:
        file = folder / _PIXELS
        # a disk that fills up under mapped memory kills the process
        require_space(file, size)
        pixels = np.memmap(file, np.uint8, "r+", shape=shape)
        load_pixels(paths, shape[1], progress, pixels)
        pixels.flush()
        about = {"shape": shape, "sha256": file_sha256(file)}
        (folder / _ABOUT).write_text(json.dumps(about), "utf-8")

    make_folder_once(target, fill)


def _make_room(folder: Path, needed: int) -> None:
    """Removes what was used longest ago until there is room within the budget."""
    allowed = budget()
    kept = [each for each in folder.iterdir() if (each / _PIXELS).is_file()]
    sizes = {each: (each / _PIXELS).stat().st_size for each in kept}
    for oldest in sorted(kept, key=lambda each: each.stat().st_mtime):
        if sum(sizes.values()) + needed <= allowed:
            break
        del sizes[oldest]
        discard(oldest)
