"""Pixels as Pillow reads them, of any kind, to 8-bit RGB."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL.ImageFile import ImageFile

from kpoc.data.format import ImageFault, Picture, require_size
from kpoc.data.formats._exif import orientation_note, turn_upright

GREY = {"greyscale": "the same grey in all three channels"}
INKS = {"CMYK": "four inks converted without a colour profile"}
DEEP = {"16 bit": "the upper 8 bits of each value kept"}
_DEEP_AS_32 = {"PNG", "PPM"}
_DEEP_GREYS = {"I;16", "I;16B", "I;16L", "I;16N"}
_GREYS = {"1", "L", "LA", "La"}
_COLOURS = {"P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr"}
_ENDS_EARLY = ("truncated", "not enough", "unexpected end", "past end")


def read_with_pillow(
    open_image: Callable[[], ImageFile], name: str, orientation: int = 1
) -> Picture:
    """Reads the first frame of a file.

    Args:
        open_image: Opens the file, without decoding it.
        name: The format's name.
        orientation: The EXIF orientation, where Pillow does not apply it by itself.

    Raises:
        ImageFault: Damaged, too large, or of a kind that cannot be converted.
    """
    try:
        image = open_image()
        require_size(*image.size)
        image.load()
    except (ImageFault, MemoryError):
        raise
    except Exception as error:  # its decoders raise all sorts on broken files
        words = str(error) or type(error).__name__
        early = any(part in words.lower() for part in _ENDS_EARLY)
        kind = "cut off" if early else "damaged"
        raise ImageFault(kind, f"{kind} {name} ({words})") from error
    pixels, notes = _to_rgb(image)
    if _goes_on(image):
        notes["several frames"] = "the first one taken"
    pixels = turn_upright(pixels, orientation)
    height, width = pixels.shape[:2]
    notes |= orientation_note(orientation)
    return Picture(pixels, name, width, height, notes)


def _goes_on(image: ImageFile) -> bool:
    """Whether there are frames or pages after the first one."""
    try:
        return getattr(image, "is_animated", False)
    except Exception:  # as above; what is used, the first frame, is whole
        return True


def _to_rgb(image: ImageFile) -> tuple[np.ndarray, dict[str, str]]:
    """Pixels as uint8 (H, W, 3), and notes on what was done."""
    of_32 = image.mode == "I" and image.format in _DEEP_AS_32
    if image.mode in _DEEP_GREYS or of_32:
        grey = (np.asarray(image).astype(np.uint32) >> 8).astype(np.uint8)
        return np.repeat(grey[..., None], 3, axis=2), GREY | DEEP
    if image.mode in {"I", "F"}:
        raise ImageFault(
            "unknown range",
            f"values of 32 bits ({image.mode}), of which nobody says what is white",
        )
    if image.mode not in _GREYS | _COLOURS:
        raise ImageFault("unsupported", f"colours of the kind {image.mode}")
    notes = {}
    if image.mode in _GREYS:
        notes |= GREY
    if image.mode in {"P", "PA"}:
        notes["palette"] = "colours looked up"
    if image.mode == "CMYK":
        notes |= INKS
    if "A" in image.mode or "a" in image.mode or "transparency" in image.info:
        pixels = np.asarray(image.convert("RGBA"))
        if pixels[..., 3].min() < 255:
            notes["transparent"] = "laid on white"
        return on_white(pixels), notes
    return np.asarray(image.convert("RGB")), notes


def on_white(pixels: np.ndarray) -> np.ndarray:
    """Lays RGBA pixels, uint8 (H, W, 4), on white.

    Example:
        >>> on_white(np.array([[[0, 100, 200, 51]]], np.uint8)).tolist()
        [[[204, 224, 244]]]
    """
    alpha = pixels[..., 3:].astype(np.uint16)
    mixed = pixels[..., :3] * alpha + 255 * (255 - alpha)
    return ((mixed + 127) // 255).astype(np.uint8)
