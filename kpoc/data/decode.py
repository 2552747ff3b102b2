"""An image file to RGB pixels: the one decoder that every reader of images uses."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np


def read_image(path: str | Path) -> np.ndarray:
    """Decodes an image file to uint8 RGB of shape (H, W, 3).

    Greyscale, 16-bit and alpha are converted, EXIF orientation is applied.

    Raises:
        OSError: The file can't be read.
        ValueError: It holds no image that can be decoded.
    """
    content = np.frombuffer(Path(path).read_bytes(), np.uint8)
    pixels = cv2.imdecode(content, cv2.IMREAD_COLOR) if len(content) else None
    if pixels is None:
        raise ValueError(f"`path` must hold an image. Received: {path}")
    return cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)
