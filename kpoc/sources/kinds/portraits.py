"""Source `portraits`: faces drawn by code, for trying everything without data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, ClassVar

import numpy as np
import pydantic

from kpoc.ground.cache import discard, make_folder_once
from kpoc.ground.hashing import file_hashes, stable_unit
from kpoc.ground.text import CountLine
from kpoc.sources.kinds.portraits_chance import Chance
from kpoc.sources.kinds.portraits_drawing import KINDS, TRIBES, Portrait
from kpoc.sources.source import Listing, Source, register_source

# Part of the folder's name: raise it when the same labels are drawn differently.
DRAWING = 1
_HASHES = "sha256.txt"
_OLDEST = 80
_TRIBE_SHARES = (0.34, 0.22, 0.22, 0.22)


def labels(count: int, seed: int):
    """The labels of `count` portraits.

    Each row depends on the seed and its own number alone: ages 1-80 (half of them
    evenly spread, half bunched around 34), kinds 1 : 1, tribes 34 : 22 : 22 : 22.

    Args:
        count: Number of portraits.
        seed: Seed.

    Returns:
        DataFrame with the columns `id`, `path`, `age` (float64, whole years), `kind`
        and `tribe`.

    Example:
        >>> labels(2, seed=0)[["id", "tribe"]].values.tolist()
        [['portrait-00000.png', 'Willow'], ['portrait-00001.png', 'Birch']]
    """
    import pandas as pd

    ids = [f"portrait-{i:05d}.png" for i in range(count)]

    def unit(salt: str) -> np.ndarray:
        return stable_unit(ids, seed, f"portraits/{salt}")

    even = unit("age")
    middle = 34.0 + 26.0 * (unit("age/1") + unit("age/2") + unit("age/3") - 1.5)
    spread = 1.0 + np.floor(even * _OLDEST)
    ages = np.where(unit("age/part") < 0.5, spread, np.clip(np.floor(middle), 1, 80))
    kinds = np.array(KINDS)[(unit("kind") * len(KINDS)).astype(int)]
    steps = np.cumsum(_TRIBE_SHARES)[:-1]
    tribes = np.array(TRIBES)[np.searchsorted(steps, unit("tribe"), side="right")]
    return pd.DataFrame(
        {"id": ids, "path": ids, "age": ages}
        | {"kind": kinds.tolist(), "tribe": tribes.tolist()}
    )


@register_source("portraits")
class Portraits(Source):
    """Synthetic portraits: an age that is drawn, two kinds, four tribes.

    Labels: `age` (years, 1-80), `kind` (Round, Angular), `tribe` (Cedar, Birch,
    Maple, Willow). They are drawn once, into the cache.

    Attributes:
        count: Number of portraits; a larger number leaves the first ones as they are.
        size: Side in pixels.
        seed: Seed of labels and pictures.
    """

    count: Annotated[int, pydantic.Field(ge=1, le=99_999)] = 2_560
    size: Annotated[int, pydantic.Field(ge=16, le=512)] = 64
    seed: Annotated[int, pydantic.Field(ge=0)] = 0

    synthetic: ClassVar[bool] = True
    needs_root: ClassVar[bool] = False
    citation: ClassVar[str] = "drawn by kpoc"
    licence: ClassVar[str] = "Apache-2.0"

    def read(self, root: Path | None, cache: Path) -> Listing:
        """See `Source.read`; `root` is not used."""
        frame = labels(self.count, self.seed)
        name = f"drawing{DRAWING}-seed{self.seed}-{self.size}px-{self.count}"
        folder = cache / "portraits" / name
        hashes = self._recorded(folder, frame["path"])
        if hashes is None:
            discard(folder)
            make_folder_once(folder, lambda work: self._draw_all(frame, work))
            hashes = file_hashes([folder / path for path in frame["path"]])
        frame.insert(2, "sha256", hashes)
        return Listing(frame, folder)

    def _recorded(self, folder: Path, paths) -> list[str] | None:
        """The pictures' hashes, or None if they are not those that were drawn."""
        try:
            recorded = (folder / _HASHES).read_text(encoding="ascii").split()
            found = file_hashes([folder / path for path in paths])
        except OSError:
            return None
        return found if found == recorded else None

    def _draw_all(self, frame, folder: Path) -> None:
        import cv2

        progress = CountLine("Drawing portraits", len(frame))
        columns = zip(
            frame["path"], frame["age"], frame["kind"], frame["tribe"], strict=True
        )
        for i, (path, age, kind, tribe) in enumerate(columns):
            picture = Portrait(age, kind, tribe, Chance(self.seed, i)).draw(self.size)
            done, png = cv2.imencode(".png", picture[:, :, ::-1])
            if not done:
                raise OSError(f"{path} could not be encoded as PNG")
            (folder / path).write_bytes(png.tobytes())
            if (i + 1) % 64 == 0 or i + 1 == len(frame):
                progress.show(i + 1)
        hashes = file_hashes([folder / path for path in frame["path"]])
        (folder / _HASHES).write_text("\n".join(hashes) + "\n", encoding="ascii")
