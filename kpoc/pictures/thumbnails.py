"""Small pictures of images, as text that can stand inside a page."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from kpoc.pictures.decode import read_image
from kpoc.pictures.listed import find_listed

if TYPE_CHECKING:
    import pandas as pd

SIDE = 96
_QUALITY = 78
# of OpenCV: above 100 a WebP keeps every pixel
_LOSSLESS = 101


@dataclass(frozen=True)
class Thumbnails:
    """Pictures of some rows.

    Attributes:
        found: Data URI of each picture, by id.
        faults: Why a row has none, by id.
    """

    found: dict[str, str] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)


def thumbnail(pixels: np.ndarray, side: int = SIDE) -> str:
    """Makes a data URI of an image: a JPEG without the metadata of the file.

    Args:
        pixels: uint8 RGB, (H, W, 3).
        side: The longer side's greatest length in pixels; nothing is enlarged.

    Returns:
        `data:image/jpeg;base64,...`, of a face about 4 kB.

    Example:
        >>> import numpy as np
        >>> thumbnail(np.zeros((200, 100, 3), np.uint8))[:27]
        'data:image/jpeg;base64,/9j/'
    """
    height, width = pixels.shape[:2]
    scale = min(1.0, side / max(height, width))
    if scale < 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    return _data_uri(pixels, "jpeg", [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])


def exact_picture(pixels: np.ndarray) -> str:
    """Makes a data URI of an image that keeps each of its pixels.

    Args:
        pixels: uint8 RGB, (H, W, 3).

    Returns:
        `data:image/webp;base64,...`, lossless.

    Example:
        >>> import numpy as np
        >>> exact_picture(np.zeros((20, 10, 3), np.uint8))[:23]
        'data:image/webp;base64,'
    """
    return _data_uri(pixels, "webp", [cv2.IMWRITE_WEBP_QUALITY, _LOSSLESS])


def _data_uri(pixels: np.ndarray, form: str, options: list[int]) -> str:
    bgr = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    _, encoded = cv2.imencode(f".{form}", bgr, options)
    return f"data:image/{form};base64," + base64.b64encode(encoded.tobytes()).decode()


def find_thumbnails(rows: pd.DataFrame, roots: Sequence[str | Path]) -> Thumbnails:
    """Makes pictures of rows of a manifest, as far as their files are there.

    A file whose hash is not that of its row is another picture, so it is not shown; nor
    is one whose row has no hash.

    Args:
        rows: `id`, `path` and `sha256`.
        roots: Folders that `path` may be relative to, named by the user and not by a
            manifest that may be anybody's; the first that has the very file counts.

    Returns:
        What was found, and what was not, with the reason.
    """
    made = Thumbnails()
    columns = (rows[name].astype(str) for name in ("id", "path", "sha256"))
    for row_id, path, sha256 in zip(*columns, strict=True):
        try:
            made.found[row_id] = _picture(find_listed(path, sha256, roots))
        except OSError as error:
            made.faults[row_id] = f"cannot be read: {error.strerror}"
        except ValueError as error:
            made.faults[row_id] = str(error)
    return made


def _picture(file: Path) -> str:
    try:
        return thumbnail(read_image(file))
    except (ValueError, cv2.error) as error:
        # the decoder's own words name the folder, which is nobody's business here
        raise ValueError("not decodable as an image") from error
