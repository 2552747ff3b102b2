"""The run directory: all that is needed to re-read and re-score one training.

recipe.yaml   plugins/   run.json   manifest.parquet   metrics.csv   tensorboard/
best.weights.h5   model.keras   predictions_{validation,test}.parquet   card.md
checkpoint.zip, as long as the training is not finished
"""

from __future__ import annotations

import contextlib
import html
import json
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

from kpoc.ground.errors import UserError
from kpoc.ground.files import Lock, atomic, remove_left_behind, remove_parts
from kpoc.ground.text import say
from kpoc.protocols.manifest import Manifest
from kpoc.recipe import Recipe, load_recipe
from kpoc.runs.plugins import FOLDER as PLUGINS
from kpoc.runs.plugins import keep_plugins
from kpoc.runs.record import read_record

if TYPE_CHECKING:
    import keras
    import pandas as pd

FINISHED, RUNNING, FAILED = "finished", "running", "failed"
TRIED = "tried"
"""The end of a trial of a search: there is no model, and no prediction."""


_PAUSE = 1.0
_WITHOUT_AN_EPOCH = {
    "recipe.yaml",
    "run.json",
    "manifest.parquet",
    "tensorboard",
    PLUGINS,
}


class RunError(UserError, RuntimeError):
    """A run directory that is not what it should be, or is in use."""


class Run:
    """One recipe trained with one seed.

    Args:
        path: The run directory.

    Example:
        >>> run = Run("runs/portraits/baseline/0123456789-seed0")
        >>> run.is_finished
        False
    """

    def __init__(self, path: str | Path):
        self.path = Path(path)
        self._lock = Lock(self.path)

    def __repr__(self) -> str:
        return f"Run({str(self.path)!r})"

    def _repr_html_(self) -> str:
        text = html.escape(f"{self.recipe.name}, seed {self.recipe.seed}")
        place = html.escape(str(self.path))
        return f"<p><b>{text}</b><br>{place}</p>{self.history.tail(3).to_html()}"

    @property
    def info(self) -> dict:
        """What `run.json` says; {} where there is none.

        Raises:
            SchemaError: It is no mapping.
        """
        return read_record(self.path)

    @property
    def is_finished(self) -> bool:
        """Whether the training came to its end."""
        return self.info.get("status") == FINISHED

    @property
    def has_ended(self) -> bool:
        """Whether the training, or the trial of a search, came to its end."""
        return self.info.get("status") in (FINISHED, TRIED)

    @property
    def checkpoint(self) -> Path:
        """The file that an interrupted training goes on from."""
        return self.path / "checkpoint.zip"

    @property
    def best_weights(self) -> Path:
        """The weights of the best epoch so far."""
        return self.path / "best.weights.h5"

    @property
    def card(self) -> Path:
        """The model card."""
        return self.path / "card.md"

    @property
    def recipe(self) -> Recipe:
        """The resolved recipe."""
        return load_recipe(str(self.path / "recipe.yaml"))

    @property
    def manifest(self) -> Manifest:
        """The manifest it was trained on."""
        return Manifest.load(self.path / "manifest.parquet")

    @property
    def history(self) -> pd.DataFrame:
        """Metrics by epoch."""
        import pandas as pd

        return pd.read_csv(self.path / "metrics.csv")

    def predictions(self, split: str = "validation") -> pd.DataFrame:
        """The predictions table of `validation` or `test`."""
        import pandas as pd

        return pd.read_parquet(self.path / f"predictions_{split}.parquet")

    def model(self) -> keras.Model:
        """The saved model: uint8 RGB of any size in, a dict of outputs out.

        Raises:
            LoadError: Keras cannot load it.
            RunError: It is not the model of a run.
        """
        from kpoc.models.loading import load

        file = self.path / "model.keras"
        model = load(file)
        if "core" not in [layer.name for layer in getattr(model, "layers", ())]:
            raise RunError(f"{file} must hold the model of its run. Received: another")
        return model

    def hold(self) -> None:
        """Keeps other processes from training this run until `release`.

        Raises:
            RunError: Another process trains it.
        """
        if not self._lock.acquire():
            raise RunError(
                f"{self.path} is being trained by another process; wait for it or "
                "choose another folder with --runs"
            )

    @property
    def is_held(self) -> bool:
        """Whether a process trains it."""
        return self._lock.is_held

    def wait(self) -> None:
        """Waits, and says so, as long as another process trains it."""
        if self.is_held:
            say(f"waiting for another process, which trains {self.path}")
        while self.is_held:
            time.sleep(_PAUSE)

    def start(self, recipe: Recipe, manifest: Manifest, facts: dict) -> Path | None:
        """Makes the directory.

        Returns:
            Where an unfinished training was moved to, if there was one with an epoch or
            a checkpoint.
        """
        remove_parts(self.path)
        self._remove_starts()
        aside = self._free_name() if self.info else None
        if aside:
            self.path.rename(aside)
        self.path.mkdir(exist_ok=True)
        with atomic(self.path / "recipe.yaml") as part:
            kept = keep_plugins(recipe, self.path)
            part.write_text(kept.to_yaml(), encoding="utf-8")
        manifest.save(self.path / "manifest.parquet")
        self.write(status=RUNNING, **facts)
        return aside

    def resume(self, **entry: object) -> None:
        """Notes that an unfinished training goes on.

        Args:
            entry: What to remember about it, in the list `resumed` of `run.json`.
        """
        remove_parts(self.path)
        resumed = [*self.info.get("resumed", []), entry]
        self.write(status=RUNNING, error=None, resumed=resumed)

    def write(self, **facts: object) -> None:
        """Adds facts to `run.json`."""
        with atomic(self.path / "run.json") as part:
            text = json.dumps(self.info | facts, indent=1, allow_nan=False)
            part.write_text(text + "\n", encoding="utf-8")

    def remove_left_behind(self) -> None:
        """Removes what killed processes left in the directory, and locks beside it."""
        for folder in (self.path, self.path.parent):
            remove_left_behind(folder)

    def release(self) -> None:
        """Lets other processes use the directory."""
        self._lock.release()

    def _is_a_start(self, *statuses: str) -> bool:
        """Whether it holds nothing but the start of a training that had no epoch."""
        return (
            self.info.get("status") in statuses
            and {one.name for one in self.path.iterdir()} <= _WITHOUT_AN_EPOCH
        )

    def _remove_starts(self) -> None:
        """Removes an earlier start without an epoch, and failed ones of its recipe."""
        if self._is_a_start(RUNNING, FAILED):
            shutil.rmtree(self.path)
        for folder in self.path.parent.glob("*-seed*"):
            other = Run(folder)
            # of one that does not say so, another machine may know that it runs
            if folder != self.path and other._is_a_start(FAILED):
                with contextlib.suppress(RunError, OSError):
                    other.hold()
                    shutil.rmtree(folder)
                other.release()

    def _free_name(self) -> Path:
        number = 1
        while True:
            name = self.path.with_name(f"{self.path.name}.unfinished{number}")
            if not name.exists():
                return name
            number += 1
