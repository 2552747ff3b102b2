"""What `run.json` says of a run, read with care: run directories are handed around."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import pydantic

from kpoc.ground.json_files import read_json
from kpoc.ground.schema import validate

NAME = "run.json"


class _Open(pydantic.BaseModel):
    """What has to be there; what else there is may be anything."""

    model_config = pydantic.ConfigDict(extra="allow", strict=True)


class _Data(_Open):
    digest: str
    counts: dict[str, int] | None = None
    protocol: str | None = None


class _Cost(_Open):
    epochs: int
    train_seconds: float
    xla: bool | None = None


class _Git(_Open):
    commit: str | None = None


class _Environment(_Open):
    accelerators: list[str] | None = None


class _Resumed(_Open):
    changed: dict[str, list] = {}


class _Start(_Open):
    recipe: str
    seed: int
    key: str
    cost: _Cost


class _Finished(_Open):
    status: Literal["finished"]
    seed: int
    data: _Data
    cost: _Cost
    started: str | None = None
    best_epoch: int | None = None
    versions: dict[str, Any] | None = None
    git: _Git | None = None
    environment: _Environment | None = None
    weights: dict[str, Any] | None = None
    resumed: list[_Resumed] | None = None
    lineage: list[_Start] = []


def read_record(folder: Path) -> dict[str, Any]:
    """What `run.json` says, finished or not; {} where there is none.

    Raises:
        SchemaError: It is no mapping.
    """
    file = folder / NAME
    return read_json(file) if file.is_file() else {}


def read_finished(folder: Path) -> dict[str, Any]:
    """What `run.json` says of a finished run.

    Raises:
        SchemaError: Lists everything that a finished run says and this one does not.
    """
    record = read_record(folder)
    validate(_Finished, record, str(folder / NAME))
    return record
