"""An export in a few lines for the terminal."""

from __future__ import annotations

from kpoc.ground.text import align
from kpoc.report import numbers


def summary(record: dict) -> str:
    """Size, latency and differences of each format, as a table.

    Args:
        record: What `export.json` says.
    """
    lines = [["format", "size", "latency", "that of Keras", "largest differences"]]
    for name, entry in record["formats"].items():
        lines.append(
            [
                name,
                numbers.file_size(entry["bytes"]),
                _latency(entry, "ms"),
                _latency(entry, "keras_ms"),
                ", ".join(_difference(n, record, entry) for n in record["outputs"]),
            ]
        )
    return align(lines)


def _latency(entry: dict, whose: str) -> str:
    if entry["latency"] is None:
        return numbers.NOT_AVAILABLE
    times = entry["latency"][whose]
    p50, p95 = (numbers.milliseconds(times[name]) for name in ("p50", "p95"))
    return f"{p50} (p95 {p95})"


def _difference(target: str, record: dict, entry: dict) -> str:
    by_kind = [found[target] for found in entry["differences"].values()]
    largest = numbers.significant(max(each["max_difference"] for each in by_kind), 1)
    unit = record["outputs"][target].get("unit")
    return " ".join(filter(None, (target, largest, unit)))
