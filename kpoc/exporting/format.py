"""What a format of exported models is, and the registry of them."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from kpoc.ground.registry import Registry

if TYPE_CHECKING:
    import keras
    import numpy as np

    Predict = Callable[[np.ndarray], dict[str, np.ndarray]]

CARD = "kpoc.json"
"""Name of the card inside of files that can hold others."""


class Format:
    """Base of all formats.

    Attributes:
        file: Name of the file or folder that is written.
        needs: Modules, beyond Keras and TensorFlow, that `write` and `load` import.
        resizes_natively: Whether it takes Keras' own antialiased resize; else the model
            it is given resizes by matrices, which every converter understands.
    """

    file: ClassVar[str]
    needs: ClassVar[tuple[str, ...]] = ()
    resizes_natively: ClassVar[bool] = False

    def missing(self) -> list[str]:
        """The modules of `needs` that are not installed."""
        return [name for name in self.needs if importlib.util.find_spec(name) is None]

    def write(self, model: keras.Model, path: Path, card: str) -> None:
        """Converts a model.

        Args:
            model: uint8 images (B, H, W, 3) to a dict of float32 outputs.
            path: What is written; its name ends as `file` does.
            card: JSON that goes into the file.

        Raises:
            Exception: Whatever the converter raises.
        """
        raise NotImplementedError

    def load(self, path: Path) -> Predict:
        """Loads what was written with its own runtime, as its users would.

        Returns:
            A function of uint8 images (B, H, W, 3), which gives the outputs by name.
        """
        raise NotImplementedError


FORMATS: Registry[type[Format]] = Registry("format", "kpoc.exporting.formats")
register_format = FORMATS.register
