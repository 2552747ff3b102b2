"""What `run.json` says of a run, read with care: run directories are handed around.

Its `schema` is the version of what it says; records of before there was one are of
version 1, which says no `kind` either.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import pydantic

from kpoc.ground import run_files
from kpoc.ground.json_files import read_json
from kpoc.ground.schema import validate
from kpoc.protocols.manifest import Manifest

SCHEMA = 2
"""The version that is written; those before it are read too."""

Kind = Literal["training", "trial", "pretraining", "probe", "recorded"]


class _Open(pydantic.BaseModel):
    """What has to be there; what else there is may be anything."""

    model_config = pydantic.ConfigDict(extra="allow", strict=True)


class Data(_Open):
    """The rows of a run."""

    digest: str
    counts: dict[str, int] | None = None
    protocol: str | None = None


class Cost(_Open):
    """What a run took."""

    epochs: int
    train_seconds: float
    xla: bool | None = None


class _Git(_Open):
    commit: str | None = None


class _Environment(_Open):
    accelerators: list[str] | None = None


class _Resumed(_Open):
    changed: dict[str, list] = {}


class Parent(_Open):
    """A run that another one came from."""

    recipe: str
    seed: int
    key: str
    cost: Cost


class Finished(_Open):
    """The record of a finished run; values of no field are kept as they are.

    Attributes:
        version: Of the record, its `schema`.
        kind: What made the run; None in records of version 1.
        data: The rows.
        cost: What it took.
        lineage: The runs that it came from, the nearest first.
        inference: What it costs to ask the model otherwise than in training, by how.
    """

    version: int = pydantic.Field(1, alias="schema", ge=1)
    kind: Kind | None = None
    status: Literal["finished"]
    seed: int
    data: Data
    cost: Cost
    started: str | None = None
    best_epoch: int | None = None
    versions: dict[str, Any] | None = None
    git: _Git | None = None
    environment: _Environment | None = None
    weights: dict[str, Any] | None = None
    resumed: list[_Resumed] | None = None
    lineage: list[Parent] = []
    inference: dict[str, dict[str, Any]] = {}

    @pydantic.field_validator("version")
    @classmethod
    def _is_known(cls, version: int) -> int:
        if version > SCHEMA:
            raise ValueError(
                f"must be at most {SCHEMA}: a newer kpoc wrote this run. "
                f"Received: {version}"
            )
        return version


def read_record(folder: Path) -> dict[str, Any]:
    """What `run.json` says, finished or not; {} where there is none.

    Raises:
        SchemaError: It is no mapping.
    """
    file = folder / run_files.RECORD
    return read_json(file) if file.is_file() else {}


def read_finished(folder: Path) -> Finished:
    """What `run.json` says of a finished run.

    Raises:
        SchemaError: Lists everything that a finished run says and this one does not.
    """
    return validate(Finished, read_record(folder), str(folder / run_files.RECORD))


def data_of(manifest: Manifest) -> dict[str, Any]:
    """What `run.json` says of the rows, as its `data`."""
    meta = manifest.meta
    return {
        "protocol": meta.get("protocol"),
        "source": meta.get("source"),
        "synthetic": bool(meta.get("synthetic")),
        "digest": manifest.digest,
        "test_digest": manifest.test_digest,
        "counts": manifest.counts,
        "left_out": len(meta.get("reported", [])),
    }


def said(part: pydantic.BaseModel | None) -> dict[str, Any]:
    """A part of a record as it is written: what is not said has no key."""
    return {} if part is None else part.model_dump(exclude_unset=True)
