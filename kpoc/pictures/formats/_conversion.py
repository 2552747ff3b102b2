"""Pixels as Pillow reads them, of any kind, to 8-bit RGB."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterator

import numpy as np
from PIL.Image import Image, fromarray
from PIL.ImageFile import ImageFile

from kpoc.pictures.format import ImageFault, Picture, require_size, strips
from kpoc.pictures.formats._exif import as_stored, orientation_note, upright_size
from kpoc.pictures.memory import decoding

GREY = {"greyscale": "the same grey in all three channels"}
INKS = {"CMYK": "four inks converted without a colour profile"}
DEEP = {"16 bit": "the upper 8 bits of each value kept"}
TRANSPARENT = {"transparent": "laid on white"}
_DEEP_AS_32 = {"PNG", "PPM"}
_DEEP_GREYS = {"I;16", "I;16B", "I;16L", "I;16N"}
_GREYS = {"1", "L", "LA", "La"}
_COLOURS = {"P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr"}
_ENDS_EARLY = ("truncated", "not enough", "unexpected end", "past end")

_BYTES = {"1": 1, "L": 1, "P": 1, **dict.fromkeys(_DEEP_GREYS, 2)}
"""What a pixel takes in Pillow, where it is not 4 bytes."""
_BUFFERS = {"ppm": 6, "ppm_plain": 6, "bmp_rle": 2}
"""What a pixel takes besides in Pillow's decoders that are written in Python."""
_LARGE = 2**24
_REDUCTION = 8


def read_with_pillow(
    kind: type[ImageFile],
    data: bytes,
    name: str,
    reduced: int = 0,
    orientation: int = 1,
    besides: int = 0,
) -> Picture:
    """Reads the first frame of a file.

    Args:
        kind: Pillow's reader of the format, which must not decode when it opens.
        data: The file.
        name: The format's name.
        reduced: As in `kpoc.pictures.format.Format.decode`; what is large becomes
            smaller.
        orientation: The EXIF orientation, which the reader must not apply by itself.
        besides: Bytes that the format's decoder takes besides the picture.

    Raises:
        ImageFault: Damaged, too large, or of a kind that cannot be converted.
    """
    with reading(name):
        image = kind(io.BytesIO(data))
        require_size(*image.size)
    pixels = image.width * image.height
    scale = scale_of(*image.size, reduced)
    codec = image.tile[0][0] if image.tile else ""
    needed = pixels * (_BYTES.get(image.mode, 4) + _BUFFERS.get(codec, 0)) + besides
    room = decoding(data, needed, 3 * pixels // scale**2)
    # closed within the block: what it takes is given back before others may start
    with room, contextlib.closing(image):
        with reading(name):
            image.load()
        upright, notes = _to_rgb(image, orientation, scale)
        if _goes_on(image):
            notes["several frames"] = "the first one taken"
    height, width = upright_size(image.height, image.width, orientation)
    return Picture(upright, name, width, height, notes | orientation_note(orientation))


def scale_of(width: int, height: int, reduced: int) -> int:
    """How many pixels become one in each direction, where fewer will do.

    Small pictures are left as they are: it would gain nothing.
    """
    large = width * height > _LARGE and min(width, height) // _REDUCTION >= reduced
    return _REDUCTION if reduced and large else 1


@contextlib.contextmanager
def reading(name: str) -> Iterator[None]:
    """Turns what a reader raises on broken files into an `ImageFault`.

    Args:
        name: The format's name.
    """
    try:
        yield
    except (ImageFault, MemoryError):
        raise
    except Exception as error:  # Pillow's decoders raise all sorts
        words = str(error) or type(error).__name__
        early = any(part in words.lower() for part in _ENDS_EARLY)
        kind = "cut off" if early else "damaged"
        raise ImageFault(kind, f"{kind} {name} ({words})") from error


def _goes_on(image: ImageFile) -> bool:
    """Whether there are frames or pages after the first one."""
    try:
        return getattr(image, "is_animated", False)
    except Exception:  # as above; what is used, the first frame, is whole
        return True


def _to_rgb(
    image: Image, orientation: int, scale: int
) -> tuple[np.ndarray, dict[str, str]]:
    """Upright pixels as uint8 (H, W, 3), and notes on what was done.

    Args:
        image: What has been loaded, as it is stored.
        orientation: Its EXIF orientation.
        scale: So many pixels in each direction become one.
    """
    convert, notes = _conversion(image)
    width, height = image.size

    def part(rows: slice) -> np.ndarray:
        return convert(image.crop((0, rows.start, width, rows.stop)))

    upright, opaque = compose(part, (height, width), orientation, scale)
    return upright, notes if opaque else notes | TRANSPARENT


def compose(
    part: Callable[[slice], np.ndarray],
    size: tuple[int, int],
    orientation: int,
    scale: int,
) -> tuple[np.ndarray, bool]:
    """Makes an upright RGB picture of RGB or RGBA pixels, strip by strip.

    Args:
        part: Gives the uint8 pixels (h, W, 3) or (h, W, 4) of some rows.
        size: Height and width of what is stored.
        orientation: Its EXIF orientation.
        scale: So many pixels in each direction become one.

    Returns:
        The picture, laid on white; and whether nothing of it was transparent.
    """
    least = [-(-side // scale) for side in size]
    upright = np.empty((*upright_size(*least, orientation), 3), np.uint8)
    stored, opaque = as_stored(upright, orientation), True
    for rows in strips(*size, multiple=scale):
        pixels = part(rows)
        if pixels.shape[2] == 4 and pixels[..., 3].min() == 255:
            pixels = pixels[..., :3]
        elif pixels.shape[2] == 4:
            pixels, opaque = on_white(pixels), False
        if scale > 1:
            pixels = np.asarray(fromarray(np.ascontiguousarray(pixels)).reduce(scale))
        stored[rows.start // scale :][: len(pixels)] = pixels
    return upright, opaque


def _conversion(
    image: Image,
) -> tuple[Callable[[Image], np.ndarray], dict[str, str]]:
    """What gives RGB or RGBA pixels of a part of an image, and notes on it."""
    of_32 = image.mode == "I" and image.format in _DEEP_AS_32
    if image.mode in _DEEP_GREYS or of_32:
        return _upper_bits, GREY | DEEP
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
    alpha = "A" in image.mode or "a" in image.mode or "transparency" in image.info
    mode = "RGBA" if alpha else "RGB"
    return lambda part: np.asarray(part.convert(mode)), notes


def _upper_bits(part: Image) -> np.ndarray:
    grey = (np.asarray(part).astype(np.uint32) >> 8).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


def on_white(pixels: np.ndarray) -> np.ndarray:
    """Lays RGBA pixels, uint8 (H, W, 4), on white.

    Example:
        >>> on_white(np.array([[[0, 100, 200, 51]]], np.uint8)).tolist()
        [[[204, 224, 244]]]
    """
    laid = np.empty((*pixels.shape[:2], 3), np.uint8)
    alpha = pixels[..., 3].astype(np.uint16)
    white = 255 * (255 - alpha) + 127
    for channel in range(3):
        mixed = pixels[..., channel] * alpha + white
        # divided by 255, exactly
        laid[..., channel] = (mixed + (mixed >> 8) + 1) >> 8
    return laid
