"""What a model costs to run: size, parameters, latency of a single image."""

from __future__ import annotations

import time
from pathlib import Path

import keras
import numpy as np


def latency_ms(model: keras.Model, image_size: int, repeats: int = 50) -> dict:
    """Milliseconds to predict one image of `image_size`, median and 95th percentile.

    Calls before the first counted one compile the model and warm the caches.
    """
    image = np.zeros((1, image_size, image_size, 3), "uint8")
    for _ in range(5):
        model.predict_on_batch(image)
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        model.predict_on_batch(image)
        times.append(1000 * (time.perf_counter() - start))
    p50, p95 = np.percentile(times, [50, 95])
    return {"p50": float(p50), "p95": float(p95)}


def size(model: keras.Model, file: Path) -> dict[str, int]:
    """Parameters of the model and bytes of its file."""
    return {
        "parameters": model.count_params(),
        "trainable_parameters": sum(
            int(np.prod(w.shape)) for w in model.trainable_weights
        ),
        "file_bytes": file.stat().st_size,
    }
