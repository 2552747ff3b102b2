"""What a training costs, and how large its model is."""

from __future__ import annotations

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


def size(model: keras.Model, file: Path) -> dict[str, int]:
    """Parameters of the model and bytes of its file."""
    return {
        "parameters": model.count_params(),
        "trainable_parameters": sum(
            int(np.prod(w.shape)) for w in model.trainable_weights
        ),
        "file_bytes": file.stat().st_size,
    }
