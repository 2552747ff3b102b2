"""What a side cost: means over its seeds and ratios to the baseline."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kpoc.report import numbers


@dataclass(frozen=True)
class Measure:
    """One measure of cost: its field in a run's cost, label and writing."""

    field: str
    label: str
    write: Callable[[float], str]


MEASURES = [
    Measure("train_seconds", "Training time, one run", numbers.seconds),
    Measure(
        "features_seconds", "of this, features of a frozen backbone", numbers.seconds
    ),
    Measure(
        "train_seconds/trainable_parameters",
        "Training time per trained weight",
        numbers.seconds,
    ),
    Measure("images_per_second", "Training speed", numbers.images_per_second),
    Measure("compile_seconds", "Compile time", numbers.seconds),
    Measure("epochs", "Epochs run", numbers.count),
    Measure("parameters", "Parameters", numbers.count),
    Measure("trainable_parameters", "of these trained", numbers.count),
    Measure("file_bytes", "Model file", numbers.file_size),
    Measure("peak_memory_bytes", "Peak memory of the training", numbers.file_size),
    Measure("evaluation_seconds", "Evaluation time, all test rows", numbers.seconds),
    Measure("latency_ms.p50", "Latency of one image, p50", numbers.milliseconds),
    Measure("latency_ms.p95", "Latency of one image, p95", numbers.milliseconds),
]


def measures(sides: Sequence[dict]) -> list[Measure]:
    """What is known of any side, in the order of the table.

    Files that `kpoc export` made come last, a format after the other.
    """
    formats = sorted(
        {name for side in sides for cost in side["cost"] for name in _exports(cost)}
    )
    found = MEASURES + [each for name in formats for each in _of_export(name)]
    return [m for m in found if any(values(side, m.field) for side in sides)]


def _exports(cost: dict) -> dict:
    return cost.get("exports") or {}


def _of_export(name: str) -> list[Measure]:
    field = f"exports.{name}"
    latency = f"Exported as {name}, latency of one image"
    return [
        Measure(f"{field}.bytes", f"Exported as {name}, size", numbers.file_size),
        Measure(f"{field}.latency_ms.p50", f"{latency}, p50", numbers.milliseconds),
        Measure(f"{field}.latency_ms.p95", f"{latency}, p95", numbers.milliseconds),
    ]


def values(side: dict, field: str) -> list[float]:
    """A measure's values, one a seed, where it is known.

    Args:
        side: The side.
        field: Its name in a run's cost; `latency_ms.p50` reads a nested one, and
            `train_seconds/trainable_parameters` divides.
    """
    found = (_value(cost, field) for cost in side["cost"])
    return [value for value in found if value is not None]


def _value(cost: dict, field: str) -> float | None:
    if "/" in field:
        above, below = (_value(cost, part) for part in field.split("/"))
        return above / below if above is not None and below else None
    value = cost
    for name in field.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value if numbers.is_number(value) else None


def mean(side: dict, field: str) -> float | None:
    """Mean of a measure over the seeds; None where no seed has it."""
    found = values(side, field)
    return sum(found) / len(found) if found else None


def ratio(side: dict, baseline: dict, field: str) -> float | None:
    """Ratio of two sides' means; None where one is missing or zero."""
    ours, theirs = mean(side, field), mean(baseline, field)
    if ours is None or not theirs:
        return None
    return ours / theirs


def machine(environment: dict) -> str:
    """Processors, accelerators and backend in one line; `n/a` where nothing is known.

    Example:
        >>> machine({"cpus": 2, "accelerators": [], "backend": "jax"})
        '2 CPU cores (jax)'
    """
    cpus = environment.get("cpus")
    if cpus is None:
        return numbers.NOT_AVAILABLE
    devices = environment.get("accelerators") or []
    parts = [f"{cpus} CPU core{'s' * (cpus != 1)}", *map(str, devices)]
    backend = environment.get("backend")
    return ", ".join(parts) + (f" ({backend})" if backend else "")
