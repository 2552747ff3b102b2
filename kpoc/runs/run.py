"""The run directory: all that is needed to re-read and re-score one training.

Its files are named in `kpoc.ground.run_files`; this is who reads and writes them.

recipe.yaml   plugins/   run.json   manifest.parquet   metrics.csv   tensorboard/
best.weights.h5   model.keras   predictions_{validation,test}.parquet   card.md
checkpoint.zip, as long as the training is not finished
"""

from __future__ import annotations

import contextlib
import csv
import html
import json
import shutil
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kpoc.ground import run_files
from kpoc.ground.errors import UserError
from kpoc.ground.files import Lock, atomic, remove_left_behind, remove_parts
from kpoc.ground.text import say
from kpoc.protocols.manifest import Manifest
from kpoc.recipe import Recipe, Recorded, read_resolved
from kpoc.runs.exports import measured
from kpoc.runs.plugins import FOLDER as PLUGINS
from kpoc.runs.plugins import keep_plugins
from kpoc.runs.record import SCHEMA, Finished, Kind, read_finished, read_record

if TYPE_CHECKING:
    import keras
    import pandas as pd

    from kpoc.models.encoder import Encoder

FINISHED, RUNNING, FAILED = "finished", "running", "failed"
TRIED = "tried"
"""The end of a trial of a search: there is no model, and no prediction."""


_PAUSE = 1.0
_BEGUN = (run_files.RECIPE, run_files.RECORD, run_files.MANIFEST)
_WITHOUT_AN_EPOCH = {*_BEGUN, run_files.EVENTS, PLUGINS}
_NEEDED = {
    "comparing": (*_BEGUN, run_files.HISTORY, run_files.predictions("test")),
    "resuming": (*_BEGUN, run_files.CHECKPOINT),
    "predicting": (run_files.RECIPE, run_files.RECORD, run_files.MODEL),
}
"""By use of a run directory, the files that it takes."""


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
    def kind(self) -> Kind:
        """What made it; by default a training, or the trial of a search."""
        info = self.info
        return info.get("kind") or (
            "trial" if info.get("status") == TRIED else "training"
        )

    @property
    def record(self) -> Finished:
        """What `run.json` says of a finished run, checked.

        Raises:
            SchemaError: Lists everything that it should say and does not.
        """
        return read_finished(self.path)

    @property
    def parents(self) -> list[Mapping]:
        """What it says of the runs that it came from, the nearest first."""
        return self.info.get("lineage") or []

    @property
    def checkpoint(self) -> Path:
        """The file that an interrupted training goes on from."""
        return self.path / run_files.CHECKPOINT

    @property
    def best_weights(self) -> Path:
        """The weights of the best epoch so far."""
        return self.path / run_files.BEST_WEIGHTS

    @property
    def model_file(self) -> Path:
        """The saved model."""
        return self.path / run_files.MODEL

    @property
    def card(self) -> Path:
        """The model card."""
        return self.path / run_files.CARD

    @property
    def record_file(self) -> Path:
        """The file that says what the run is."""
        return self.path / run_files.RECORD

    @property
    def history_file(self) -> Path:
        """The file of the metrics by epoch."""
        return self.path / run_files.HISTORY

    @property
    def event_folder(self) -> Path:
        """The folder of the files for TensorBoard."""
        return self.path / run_files.EVENTS

    @property
    def export_folder(self) -> Path:
        """The folder that the model is exported to by default."""
        return self.path / run_files.EXPORTS

    def predictions_file(self, split: str, label: str = "") -> Path:
        """The file of a split's predictions.

        Args:
            split: `validation` or `test`.
            label: How the model was asked, where that is not as in training.
        """
        return self.path / run_files.predictions(split, label)

    def files(self, use: str) -> list[Path]:
        """The files for a use that are there.

        Args:
            use: `comparing`, `predicting` or `resuming`.
        """
        return [file for name in _NEEDED[use] if (file := self.path / name).is_file()]

    def missing(self, use: str) -> list[str]:
        """Names of the files for a use that are not there.

        Args:
            use: As in `files`.

        Example:
            >>> Run("nowhere").missing("predicting")
            ['recipe.yaml', 'run.json', 'model.keras']
        """
        there = {file.name for file in self.files(use)}
        return [name for name in _NEEDED[use] if name not in there]

    @property
    def recipe(self) -> Recipe | Recorded:
        """The resolved recipe; it is read alone, whatever other files it may name."""
        return read_resolved(self.path / run_files.RECIPE)

    @property
    def manifest(self) -> Manifest:
        """The manifest it was trained on."""
        return Manifest.load(self.path / run_files.MANIFEST)

    @property
    def history(self) -> pd.DataFrame:
        """Metrics by epoch."""
        import pandas as pd

        return pd.read_csv(self.history_file)

    def predictions(self, split: str = "validation", label: str = "") -> pd.DataFrame:
        """The predictions table of `validation` or `test`; see `predictions_file`."""
        import pandas as pd

        return pd.read_parquet(self.predictions_file(split, label))

    def exports(self) -> dict[str, dict]:
        """Size and latency of its exported files, by format; see `exports.measured`."""
        return measured(self.path)

    def model(self) -> keras.Model:
        """The saved model: uint8 RGB of any size in, a dict of outputs out.

        Raises:
            LoadError: Keras cannot load it.
            RunError: It is not the model of a run.
        """
        self._require_model()
        from kpoc.models.loading import load

        file = self.model_file
        model = load(file)
        if "core" not in [layer.name for layer in getattr(model, "layers", ())]:
            raise RunError(f"{file} must hold the model of its run. Received: another")
        return model

    def encoder(self) -> Encoder:
        """The backbone of the saved model, with its weights.

        Raises:
            RunError: It has no model.
        """
        self._require_model()
        from kpoc.models.encoder import Encoder

        return Encoder.load(self.model_file, self.recipe.model.backbone)

    def _require_model(self) -> None:
        if self.missing("predicting"):
            raise RunError(
                "the run must hold a model, as trainings of a recipe do. Received: "
                f"{self.path} without {', '.join(self.missing('predicting'))}"
            )

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

    def start(
        self, recipe: Recipe | Recorded, manifest: Manifest, facts: dict
    ) -> Path | None:
        """Makes the directory.

        Args:
            recipe: The resolved recipe.
            manifest: The rows.
            facts: What `run.json` says of it, with its `kind`.

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
        with atomic(self.path / run_files.RECIPE) as part:
            kept = keep_plugins(recipe, self.path)
            part.write_text(kept.to_yaml(), encoding="utf-8")
        manifest.save(self.path / run_files.MANIFEST)
        self.write(schema=SCHEMA, status=RUNNING, **facts)
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
        with atomic(self.record_file) as part:
            text = json.dumps(self.info | facts, indent=1, allow_nan=False)
            part.write_text(text + "\n", encoding="utf-8")

    def write_history(self, rows: Sequence[Mapping[str, float]]) -> None:
        """Writes the metrics by epoch, a row each; a value that one lacks is empty."""
        names = list(dict.fromkeys(name for row in rows for name in row))
        with (
            atomic(self.history_file) as part,
            open(part, "w", encoding="utf-8", newline="") as file,
        ):
            writer = csv.DictWriter(file, names)
            writer.writeheader()
            writer.writerows(rows)

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
