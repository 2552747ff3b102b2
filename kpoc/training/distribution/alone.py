"""A training of one process on one device: what a training is if nobody says more."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import keras

from kpoc.batches.rows import Rows


class Alone:
    """What a training asks of the devices that it runs on.

    Attributes:
        is_first: Whether this process finishes the run when the fitting is over.
        facts: What `run.json` says about it.
    """

    is_first = True
    facts: Mapping[str, object] = MappingProxyType({})

    def start(self, model: keras.Model) -> None:
        """Takes a model to the devices; compile it after that."""

    def training_rows(self, rows: Rows) -> Rows:
        """The rows for `training_batches`."""
        return rows

    def validation_rows(self, model: keras.Model, rows: Rows, batch_size: int) -> Rows:
        """The rows for `evaluation_batches`, on which the compiled model is fitted."""
        return rows

    def finish(self, model: keras.Model) -> None:
        """Brings a fitted model back; from then on each process is by itself."""

    def stop(self) -> None:
        """Leaves Keras as it was, whatever happened."""


ALONE = Alone()
