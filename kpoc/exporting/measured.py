"""What the files cost that `kpoc export` made of a run; for reports, without Keras."""

from __future__ import annotations

import json
from pathlib import Path

from kpoc.data.hashing import file_sha256

FOLDER = "export"
"""Where a run's files are written to by default, in its directory."""

RECORD = "export.json"
"""What says in that folder what its files are."""


def measured(run: Path) -> dict[str, dict]:
    """Size and latency of the exported files that lie in a run's directory.

    Args:
        run: The run directory.

    Returns:
        By format `bytes` and, where it was measured, `latency_ms` with `p50` and `p95`.
        Empty where nothing was exported, or what was came of another model.
    """
    file, model = run / FOLDER / RECORD, run / "model.keras"
    if not file.is_file() or not model.is_file():
        return {}
    record = json.loads(file.read_text(encoding="utf-8"))
    if record["model_sha256"] != file_sha256(model):
        return {}
    found = {}
    for name, entry in record["formats"].items():
        if not (run / FOLDER / entry["file"]).exists():
            continue
        found[name] = {"bytes": entry["bytes"]}
        if entry["latency"] is not None:
            found[name]["latency_ms"] = entry["latency"]["ms"]
    return found
