"""Sides of a comparison: run directories of kpoc, or anybody's tables."""

import dataclasses
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from kpoc.evaluation import predictions
from kpoc.evaluation.composition import composition
from kpoc.ground.schema import SchemaError
from kpoc.protocols.manifest import Manifest
from kpoc.recipe.identity import identity
from kpoc.recipe.inference import Inference
from kpoc.runs.record import Finished, said
from kpoc.runs.run import Run


@dataclasses.dataclass
class Side:
    """One side: one recipe or method with the predictions of each of its seeds.

    Attributes:
        name: What the side is called, unique in a comparison.
        seeds: Seed of each training.
        predictions: Table of test predictions of each seed (`predictions`).
        description: One line.
        runs: Where each seed's predictions come from.
        cost: Cost of each seed as in run.json, and under `exports` that of the files
            that `kpoc export` wrote into the run; or empty.
        history: Metrics by epoch of each seed, or empty.
        weights: Origin and SHA-256 of the pre-trained weights.
        recipe: Resolved recipe.
        environment: Machine and `versions` of the first run.
        made_with: Of each seed, what may shape its times and the last digits of its
            results: values by the name of the version or of the machine's part, more
            than one where a training was resumed elsewhere; or empty.
        foreign: Whether the predictions were made by something else.
        data: ``run.json["data"]`` of each seed, or empty; those of the test
            rows (`test_digest`) must agree.
        manifest: Table of the manifest that the first run used.
        validation: Validation predictions of each seed and the manifest's rows they
            are of; empty where not all seeds have them.
        lineage: Of each seed the runs that it went on from, the nearest first, with
            `recipe`, `seed`, `key` and `cost`; or empty.
    """

    name: str
    seeds: list[int]
    predictions: list[pd.DataFrame]
    description: str = ""
    runs: list[str] = dataclasses.field(default_factory=list)
    cost: list[dict] = dataclasses.field(default_factory=list)
    history: list[list[dict]] = dataclasses.field(default_factory=list)
    weights: dict | None = None
    recipe: dict | None = None
    environment: dict | None = None
    made_with: list[dict[str, list]] = dataclasses.field(default_factory=list)
    foreign: bool = False
    data: list[dict] = dataclasses.field(default_factory=list)
    manifest: pd.DataFrame | None = None
    validation: list[tuple[pd.DataFrame, pd.DataFrame]] = dataclasses.field(
        default_factory=list
    )
    lineage: list[list[dict]] = dataclasses.field(default_factory=list)

    @property
    def is_recorded(self) -> bool:
        """Whether its trainings were not kpoc's, but recorded by it."""
        return (self.recipe or {}).get("kind") == "recorded"

    def budget(self) -> dict[str, Any]:
        """Epochs of a training, trainings, and the seconds that all of them took.

        Epochs are what the recipe allows, or else the most that a run used; None
        where nothing is known. What trainings went on from counts with them, in the
        seconds once where it is the same for several.
        """
        epochs = (self.recipe or {}).get("epochs")
        if epochs is None and self.cost:
            epochs = max(cost["epochs"] for cost in self.cost)
        seconds = sum(cost["train_seconds"] for cost in self.cost)
        if epochs is not None:
            before = [sum(b["cost"]["epochs"] for b in of) for of in self.lineage]
            epochs += max(before, default=0)
        starts = {(b["key"], b["seed"]): b for of in self.lineage for b in of}
        seconds += sum(start["cost"]["train_seconds"] for start in starts.values())
        return {
            "epochs": epochs,
            "trainings": len(self.seeds),
            "train_seconds": seconds if self.cost else None,
        }

    def as_dict(self) -> dict[str, Any]:
        """The side as it stands in a comparison: all but the predictions."""
        weights = self.weights or {}
        return {
            "name": self.name,
            "description": self.description,
            "seeds": list(self.seeds),
            "runs": list(self.runs),
            "foreign": self.foreign,
            "cost": self.cost,
            "budget": self.budget(),
            "history": self.history,
            "weights": {key: weights.get(key) for key in ("origin", "sha256")},
            "recipe": self.recipe,
            "environment": self.environment,
            "counts": self.data[0].get("counts") if self.data else None,
            "digest": self.data[0].get("digest") if self.data else None,
            "composition": None
            if self.manifest is None
            else composition(self.manifest),
        }


def _unusable(run: Run) -> str | None:
    if missing := run.missing("comparing"):
        return f"{run.path} has no {', '.join(missing)}"
    try:
        if not run.is_finished:
            return f"{run.path} is {run.info.get('status')}, not finished"
        _ = run.record
    except SchemaError as error:
        return str(error)
    return None


def side_from_run_dirs(
    name: str,
    folders: Sequence[str | os.PathLike],
    inference: Inference | None = None,
) -> Side:
    """A side from run directories of one recipe, one a seed.

    Args:
        name: Name of the side.
        folders: Run directories, finished.
        inference: How their models were asked, whose predictions are then in the
            directories; by default as they were trained.

    Raises:
        ValueError: With all that is wrong: no folders, files missing, runs that did
            not finish; runs of several recipes (apart from the seed); a manifest that
            is not the one of run.json.
    """
    runs = [Run(folder) for folder in folders]
    wrong = [reason for run in runs if (reason := _unusable(run))]
    if not runs or wrong:
        raise ValueError(
            "`folders` must be directories of finished runs. Received: "
            + ("; ".join(wrong) or "none")
        )
    records = [run.record for run in runs]
    loaded = [run.recipe for run in runs]
    trained = [{"name": one.name, **identity(one)} for one in loaded]
    differing = sorted(
        {
            key
            for one in trained
            for key in {*one, *trained[0]}
            if one.get(key) != trained[0].get(key)
        }
    )
    if differing:
        raise ValueError(
            f"`folders` of side {name!r} must hold trainings of one recipe, apart from "
            "the seed and what is only shown. "
            f"Received: runs that differ in {', '.join(differing)}"
        )
    manifests = [run.manifest for run in runs]
    strange = [
        run.path.as_posix()
        for run, record, manifest in zip(runs, records, manifests, strict=True)
        if record.data.digest != manifest.digest
    ]
    if strange:
        raise ValueError(
            f"`folders` must hold the manifests that their run.json tells the digest "
            f"of. Received: others in {', '.join(strange)}"
        )
    asked = inference and inference.beside(loaded[0].image_size)
    label = str(asked or "")
    return Side(
        name=name,
        description="; ".join(
            filter(None, [loaded[0].description, label and f"asked by {label}"])
        ),
        seeds=[record.seed for record in records],
        predictions=[
            predictions.read(run.predictions_file("test", label)) for run in runs
        ],
        runs=[run.path.as_posix() for run in runs],
        cost=[
            _cost(run, record, label) for run, record in zip(runs, records, strict=True)
        ],
        history=[_history(run) for run in runs],
        weights=records[0].weights,
        # what is shown is how it was asked here, not as when the run was made
        recipe=loaded[0].model_copy(update={"inference": asked}).to_dict(),
        environment={
            **said(records[0].environment),
            "versions": records[0].versions or {},
        },
        made_with=[_made_with(record) for record in records],
        data=[said(record.data) for record in records],
        manifest=manifests[0].table,
        validation=_validation(runs, manifests, label),
        lineage=[[said(one) for one in record.lineage] for record in records],
    )


def _cost(run: Run, record: Finished, label: str) -> dict[str, Any]:
    if label:
        # exported files answer as trained
        return said(record.cost) | record.inference.get(label, {})
    files = run.exports()
    return said(record.cost) | ({"exports": files} if files else {})


def _history(run: Run) -> list[dict]:
    try:
        return run.history.to_dict(orient="records")
    except ValueError as error:
        raise ValueError(
            f"`folders` must hold the figures of each epoch. Received: "
            f"{run.history_file}: {error}"
        ) from error


_MACHINE = ("processor", "cpus", "accelerators", "backend", "onednn")


def _made_with(record: Finished) -> dict[str, list]:
    versions, machine = record.versions or {}, said(record.environment)
    found = {name: [version] for name, version in versions.items()}
    found |= {name: [machine[name]] for name in _MACHINE if name in machine}
    for entry in record.resumed or []:
        for name, pair in entry.changed.items():
            part, _, fact = name.partition(".")
            if part == "versions" or (part == "environment" and fact in _MACHINE):
                found[fact] = [*found.get(fact, []), *pair]
    return found


def _validation(
    runs: Sequence[Run], manifests: Sequence[Manifest], label: str
) -> list[tuple[pd.DataFrame, pd.DataFrame]]:
    files = [run.predictions_file("validation", label) for run in runs]
    if not all(file.is_file() for file in files):
        return []
    return [
        (predictions.read(file), manifest.rows("validation"))
        for file, manifest in zip(files, manifests, strict=True)
    ]


def side_from_tables(
    name: str,
    paths: Sequence[str | os.PathLike],
    *,
    seeds: Sequence[int] | None = None,
    description: str = "",
    cost: Sequence[Mapping] = (),
) -> Side:
    """A side from tables of predictions in the documented form, one a training.

    Args:
        name: Name of the side.
        paths: Parquet or CSV files (`kpoc.evaluation.predictions`).
        seeds: Seed of each table; 0, 1, ... if not given.
        description: One line.
        cost: Cost of each training, if it is known.

    Raises:
        ValueError: If there are no paths, or not as many seeds.
    """
    if not paths:
        raise ValueError("`paths` must name at least one table. Received: none")
    seeds = list(range(len(paths)) if seeds is None else seeds)
    if len(seeds) != len(paths):
        raise ValueError(
            f"`seeds` must be one a table ({len(paths)}). Received: {seeds}"
        )
    return Side(
        name=name,
        description=description,
        seeds=seeds,
        predictions=[predictions.read(path) for path in paths],
        runs=[Path(path).as_posix() for path in paths],
        cost=[dict(each) for each in cost],
        foreign=True,
    )
