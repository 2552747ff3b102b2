"""What is left to chance in a portrait: numbers by name, and the palettes."""

from __future__ import annotations

import hashlib
import math

import numpy as np

from kpoc.sources.kinds.portraits_canvas import Colour, mix

SKINS: tuple[Colour, ...] = (
    (252, 224, 200),
    (240, 200, 168),
    (224, 176, 138),
    (196, 142, 104),
    (156, 106, 74),
    (112, 74, 54),
)
HAIRS: tuple[Colour, ...] = (
    (38, 30, 30),
    (70, 46, 34),
    (112, 72, 44),
    (168, 112, 60),
    (206, 164, 100),
    (146, 62, 40),
)
CLOTHES: tuple[Colour, ...] = (
    (196, 84, 76),
    (86, 132, 180),
    (92, 150, 112),
    (222, 178, 92),
    (130, 104, 164),
    (96, 104, 116),
)
WALLS: tuple[Colour, ...] = (
    (222, 230, 236),
    (240, 228, 208),
    (206, 222, 206),
    (232, 208, 208),
    (176, 190, 210),
    (128, 138, 150),
)
IRISES: tuple[Colour, ...] = ((78, 56, 40), (70, 110, 140), (88, 120, 80))


class Chance:
    """Random numbers by name, so that a new trait leaves all others as they are.

    Args:
        seed: The dataset's seed.
        index: The picture's number.
    """

    def __init__(self, seed: int, index: int):
        self._entropy = (seed, index)
        self._start = hashlib.sha256(f"{seed}\x1f{index}\x1f".encode())

    def unit(self, name: str) -> float:
        """Uniform in [0, 1)."""
        digest = self._start.copy()
        digest.update(name.encode())
        return (int.from_bytes(digest.digest()[:8], "big") >> 11) * 2.0**-53

    def between(self, name: str, low: float, high: float) -> float:
        """Uniform in [low, high)."""
        return low + (high - low) * self.unit(name)

    def bell(self, name: str) -> float:
        """Mean 0, variance 1, within +-3.5: a sum of four uniform numbers."""
        total = sum(self.unit(f"{name}/{i}") for i in range(4))
        return (total - 2.0) * math.sqrt(3.0)

    def pick(self, name: str, choices: tuple) -> object:
        """One of the choices."""
        return choices[int(self.unit(name) * len(choices))]

    def shade(self, name: str, colours: tuple[Colour, ...]) -> Colour:
        """A colour between two of the colours."""
        first = self.pick(f"{name}/a", colours)
        second = self.pick(f"{name}/b", colours)
        return mix(first, second, 0.5 * self.unit(f"{name}/share"))

    def grain(self, size: int) -> np.ndarray:
        """Noise of mean 0 and standard deviation 1, shape (size, size)."""
        raw = np.random.PCG64(self._entropy).random_raw((size * size + 1) // 2)
        bytes_ = raw.astype("<u8").view(np.uint8)[: 4 * size * size]
        total = bytes_.reshape(size, size, 4).sum(axis=2, dtype=np.int64)
        return ((total - 510) / 147.8).astype(np.float32)
