"""`export.json`: what an export says of its files."""

from __future__ import annotations

import json
from pathlib import Path

from kpoc.exporting.checking import ExportError
from kpoc.ground.files import atomic
from kpoc.ground.hashing import file_sha256
from kpoc.ground.schema import SchemaError
from kpoc.runs.exports import RECORD, read_exported


def still_valid(folder: Path, model_sha256: str, wanted: dict[str, str]) -> dict:
    """Entries of an earlier export of the same model whose files are still there.

    Args:
        folder: Where it was written to.
        model_sha256: Of the model that is exported now.
        wanted: What is going to be written, by name of the format.

    Raises:
        ExportError: The folder holds what would be mixed up or overwritten.
    """
    if folder.exists() and not folder.is_dir():
        raise ExportError(f"`out` must be a folder. Received: {folder}, a file")
    file = folder / RECORD
    earlier = _read(file) if file.is_file() else {}
    if earlier and earlier.get("model_sha256") != model_sha256:
        raise ExportError(
            "`out` must not hold the export of another model. Received: "
            f"{folder}, with {earlier.get('recipe')}, seed {earlier.get('seed')}"
        )
    entries = earlier.get("formats", {})
    unknown = [
        str(folder / file)
        for name, file in wanted.items()
        if name not in entries and (folder / file).exists()
    ]
    if unknown:
        raise ExportError(
            f"`out` must not hold files that {RECORD} does not know and that would be "
            f"overwritten. Received: {', '.join(unknown)}"
        )
    return {name: each for name, each in entries.items() if _is_there(folder, each)}


def _read(file: Path) -> dict:
    try:
        return read_exported(file)
    except SchemaError as error:
        raise ExportError(
            f"`out` must hold a whole {RECORD} or none. Received: {file}: {error}"
        ) from error


def _is_there(folder: Path, entry: dict) -> bool:
    return all(
        (folder / file["path"]).is_file()
        and file_sha256(folder / file["path"]) == file["sha256"]
        for file in entry["files"]
    )


def list_files(path: Path, name: str) -> list[dict]:
    """Path, bytes and SHA-256 of a file, or of all files of a folder.

    Args:
        path: Where it is now.
        name: What it will be called.
    """
    found = sorted(path.rglob("*")) if path.is_dir() else [path]
    return [
        {
            "path": (Path(name) / file.relative_to(path)).as_posix(),
            "bytes": file.stat().st_size,
            "sha256": file_sha256(file),
        }
        for file in found
        if file.is_file()
    ]


def save(folder: Path, record: dict) -> None:
    """Writes the record."""
    with atomic(folder / RECORD) as part:
        text = json.dumps(record, indent=1, ensure_ascii=False, allow_nan=False)
        part.write_text(text + "\n", encoding="utf-8")
