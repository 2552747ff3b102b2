"""What a model costs to run: size, parameters, latency of a single image."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path

import keras
import numpy as np

from kpoc.training.stopwatch import Stopwatch


def speed(
    stopwatch: Stopwatch, batch_size: int, steps: int, features_seconds: float | None
) -> dict[str, float]:
    """Seconds of training and of compilation, and images a second.

    Args:
        stopwatch: What timed the training.
        batch_size: Images a step.
        steps: Steps an epoch.
        features_seconds: Of features that were computed once, before; they count as
            training, and the speed is then that of all of it.
    """
    seconds = stopwatch.training_seconds
    found = {"train_seconds": seconds, "compile_seconds": stopwatch.compile_seconds}
    if features_seconds is None:
        return {**found, "images_per_second": batch_size / stopwatch.median_step}
    seconds += features_seconds
    images = len(stopwatch.epoch_seconds) * steps * batch_size
    return {
        **found,
        "train_seconds": seconds,
        "images_per_second": images / seconds,
        "features_seconds": features_seconds,
    }


def latency_ms(model: keras.Model, image_size: int) -> dict[str, float]:
    """Milliseconds to predict one image of `image_size`, median and 95th percentile."""
    image = np.zeros((1, image_size, image_size, 3), "uint8")
    return latencies_ms({"model": lambda: model.predict_on_batch(image)})["model"]


def latencies_ms(
    calls: Mapping[str, Callable[[], object]], rounds: int = 5, repeats: int = 10
) -> dict[str, dict[str, float]]:
    """Milliseconds of calls, median and 95th percentile, by name.

    In each round every call has its turn, so that what else the machine does hits all
    alike. The first calls of a turn compile, warm the caches and are not counted.

    Args:
        calls: What to time, by name.
        rounds: Number of rounds.
        repeats: Counted calls a turn.
    """
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            for _ in range(3):
                call()
            for _ in range(repeats):
                start = time.perf_counter()
                call()
                times[name].append(1000 * (time.perf_counter() - start))
    found = {name: np.percentile(each, [50, 95]) for name, each in times.items()}
    return {name: {"p50": float(a), "p95": float(b)} for name, (a, b) in found.items()}


def size(model: keras.Model, file: Path) -> dict[str, int]:
    """Parameters of the model and bytes of its file."""
    return {
        "parameters": model.count_params(),
        "trainable_parameters": sum(
            int(np.prod(w.shape)) for w in model.trainable_weights
        ),
        "file_bytes": file.stat().st_size,
    }
