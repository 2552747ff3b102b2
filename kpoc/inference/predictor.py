"""A trained model as it is asked: of any rows, at a size, by one or several views."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import keras
import numpy as np

from kpoc.batches.pipeline import Rows, evaluation_images
from kpoc.batches.targets import decode, predictions_of
from kpoc.inference.latency import latencies_ms
from kpoc.inference.view import View, make_view
from kpoc.recipe.inference import Inference
from kpoc.runs.run import Run, RunError

if TYPE_CHECKING:
    import pandas as pd

    from kpoc.recipe import Target

AS_IT_IS = Inference()


@dataclass(frozen=True)
class Predicted:
    """What a model said of rows.

    Attributes:
        table: A predictions table in the documented form.
        seconds: What the model takes for all rows, without compilation.
    """

    table: pd.DataFrame
    seconds: float


class Predictor:
    """A model that is asked for predictions.

    Args:
        model: uint8 RGB images of `image_size`, or what stands for them in rows, to a
            dict of outputs by target name.
        targets: The targets by name.
        image_size: Side of the images that the model takes, in pixels.
        view: The views whose predictions are averaged; by default the image alone.

    Example:
        >>> from kpoc.inference.views.flip import Flip
        >>> run = Run("runs/portraits/baseline/0123456789-seed0")
        >>> Predictor.of(run, Inference(image_size=96)).side  # doctest: +SKIP
        96
    """

    def __init__(
        self,
        model: keras.Model,
        targets: Mapping[str, Target],
        image_size: int,
        view: View | None = None,
    ):
        self.model, self.targets, self.image_size = model, targets, image_size
        self.view = view or make_view(AS_IT_IS.views)

    @classmethod
    def of(cls, run: Run, inference: Inference | None = None) -> Predictor:
        """The model of a finished run, asked in a certain way.

        Args:
            run: The run.
            inference: How it is asked; by default as it was trained.

        Raises:
            SchemaError: No such views.
            ValueError: The model does not take that image size; says which would do.
        """
        recipe = run.recipe
        asked = inference or AS_IT_IS
        view = make_view(asked.views)
        model, size = run.model().get_layer("core"), recipe.image_size
        if asked.beside(size):
            # as it was trained, not as Keras would choose
            model.jit_compile = _was_compiled(run)
        if asked.image_size not in (None, size):
            from kpoc.models.resized import at_size

            size = asked.image_size
            model = at_size(model, size, recipe.model.backbone)
            model.jit_compile = _was_compiled(run)
        return cls(model, recipe.task.targets, size, view)

    @property
    def side(self) -> int:
        """Side of the images that rows must have, in pixels."""
        return self.view.side(self.image_size)

    def rows(self, paths: Sequence[str | Path]) -> Rows:
        """Rows of image files, as `predict` takes them."""
        return Rows(paths, {}, self.side)

    def predict(self, ids: Sequence[str], rows: Rows, batch_size: int) -> Predicted:
        """Predicts rows.

        Args:
            ids: Of the rows.
            rows: The rows, with images of `side`.
            batch_size: Images that are computed at once.

        Raises:
            RunError: The model does not give the targets.
        """
        batches, clock = evaluation_images(rows, batch_size), _Clock()
        if self.view.is_image:
            outputs = self.model.predict(batches, verbose=0, callbacks=[clock])
            found = self._decoded(outputs)
        else:
            found = self._averaged(batches, clock)
        seconds = clock.median_batch * len(rows) / batch_size
        return Predicted(predictions_of(ids, self.targets, found), seconds)

    def latency_ms(self) -> dict[str, float]:
        """Milliseconds to predict one image, median and 95th percentile."""
        image = np.zeros((1, self.side, self.side, 3), "uint8")
        ask = self.model.predict_on_batch if self.view.is_image else self._of_batch
        return latencies_ms({"one": lambda: ask(image)})["one"]

    def _averaged(self, batches: Iterable, clock: _Clock) -> dict[str, np.ndarray]:
        parts = []
        clock.on_predict_begin()
        for number, images in enumerate(batches):
            parts.append(self._of_batch(np.asarray(images)))
            clock.on_predict_batch_end(number)
        return {
            name: np.concatenate([part[name] for part in parts])
            for name in self.targets
        }

    def _of_batch(self, images: np.ndarray) -> dict[str, np.ndarray]:
        asked = self.view.views(images, self.image_size)
        found = [self._decoded(self.model.predict_on_batch(one)) for one in asked]
        return {
            name: np.mean([each[name] for each in found], axis=0)
            for name in self.targets
        }

    def _decoded(self, outputs: object) -> dict[str, np.ndarray]:
        if not isinstance(outputs, dict) or outputs.keys() != self.targets.keys():
            raise RunError(
                "the model must give the targets of its recipe, "
                f"{', '.join(self.targets)}. Received: others"
            )
        return {n: decode(target, outputs[n]) for n, target in self.targets.items()}


def _was_compiled(run: Run) -> bool:
    return bool((run.info.get("xla") or {}).get("used"))


class _Clock(keras.callbacks.Callback):
    """Times batches of predictions but the first, which compiles, and the last."""

    def __init__(self):
        super().__init__()
        self._batches: list[float] = []

    def on_predict_begin(self, logs=None):
        self._mark = time.perf_counter()

    def on_predict_batch_end(self, batch, logs=None):
        now = time.perf_counter()
        self._batches.append(now - self._mark)
        self._mark = now

    @property
    def median_batch(self) -> float:
        """Median seconds a batch."""
        laps = sorted(self._batches[1:-1] or self._batches)
        return laps[len(laps) // 2]
