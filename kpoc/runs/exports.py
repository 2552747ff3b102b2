"""What the files cost that `kpoc export` made of a run; for reports, without Keras."""

from __future__ import annotations

from pathlib import Path

import pydantic

from kpoc.ground import run_files
from kpoc.ground.hashing import file_sha256
from kpoc.ground.json_files import read_json
from kpoc.ground.schema import validate

RECORD = "export.json"
"""What says in that folder what its files are."""


class _Open(pydantic.BaseModel):
    """What has to be there; what else there is may be anything."""

    model_config = pydantic.ConfigDict(extra="allow", strict=True)


class _File(_Open):
    path: str
    sha256: str


class _Times(_Open):
    p50: float
    p95: float


class _Latency(_Open):
    ms: _Times


class _Format(_Open):
    file: str
    bytes: int
    files: list[_File] = []
    latency: _Latency | None


class _Exported(_Open):
    model_sha256: str
    formats: dict[str, _Format] = {}


def read_exported(file: Path) -> dict:
    """What `export.json` says.

    Raises:
        SchemaError: Lists everything that it should say and does not.
    """
    record = read_json(file)
    validate(_Exported, record, str(file))
    return record


def measured(run: Path) -> dict[str, dict]:
    """Size and latency of the exported files that lie in a run's directory.

    Args:
        run: The run directory.

    Returns:
        By format `bytes` and, where it was measured, `latency_ms` with `p50` and `p95`.
        Empty where nothing was exported, or what was came of another model.
    """
    file, model = run / run_files.EXPORTS / RECORD, run / run_files.MODEL
    if not file.is_file() or not model.is_file():
        return {}
    record = read_exported(file)
    if record["model_sha256"] != file_sha256(model):
        return {}
    found = {}
    for name, entry in record.get("formats", {}).items():
        if not (run / run_files.EXPORTS / entry["file"]).exists():
            continue
        found[name] = {"bytes": entry["bytes"]}
        if entry["latency"] is not None:
            found[name]["latency_ms"] = entry["latency"]["ms"]
    return found
