"""What of a model's step speed is left when its batches come from the pipeline.

    python benchmarks/input_training.py --images DIR [--rounds 5]

MobileNetV3-Small at 160 px on kept images with flip, affine, colour jitter and erasing,
against the same steps on one batch again and again, in turns. Then ten epochs of the
pipeline alone, with the process's memory after each.
"""

import argparse
import gc
import os
import statistics
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import psutil
from turns import in_turns

from kpoc import models
from kpoc.augmentation.chain import make_augmentations
from kpoc.batches.pipeline import Rows, load_pixels, training_batches
from kpoc.ground.schema import Component

SIZE, BATCH = 160, 64
CHAIN = [
    "random_flip",
    {"name": "random_affine", "degrees": 10, "scale": [0.9, 1.1], "translate": 0.05},
    {"name": "color_jitter", "brightness": 0.2, "contrast": 0.2, "saturation": 0.2},
    {"name": "random_erasing", "p": 0.25},
]


def classifier() -> keras.Model:
    """A classifier as recipes train it on a CPU: as a graph."""
    backbone = models.get_backbone("mobilenet_v3_small").build(SIZE)
    images = keras.Input((SIZE, SIZE, 3), dtype="uint8")
    x = backbone(keras.ops.cast(images, "float32"))
    x = keras.layers.GlobalAveragePooling2D()(x)
    model = keras.Model(images, keras.layers.Dense(4)(x))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss, jit_compile=False)
    return model


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", required=True, help="a folder with JPEG files")
    parser.add_argument("--count", type=int, default=1024)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=16)
    options = parser.parse_args()
    files = sorted(Path(options.images).rglob("*.jp*g"))[: options.count]
    pixels = load_pixels(files, SIZE)
    labels = {"y": np.arange(len(files), dtype="int32") % 4}
    rows = Rows(files, labels, SIZE, pixels)
    chain = make_augmentations([Component.model_validate(c) for c in CHAIN])

    def pipeline(epochs: int):
        batches = training_batches(
            rows, BATCH, seed=0, epochs=epochs, augmentations=chain
        )
        return batches.map(lambda images, labels: (images, labels["y"]))

    model, steps = classifier(), options.steps
    same = pipeline(1).take(1).cache().repeat()

    def fit(batches):
        return lambda: model.fit(
            batches, steps_per_epoch=steps, shuffle=False, verbose=0
        )

    candidates = {
        "one batch again and again": fit(same),
        "batches of the pipeline": fit(pipeline(1000)),
    }
    times = in_turns(candidates, options.rounds, warm_up=1)
    print(
        "| | images/s | share of the step speed | CPU ms an image |\n|---|---|---|---|"
    )
    alone = times["one batch again and again"].wall
    for name, measured in times.items():
        rate = steps * BATCH / statistics.median(measured.wall)
        pairs = zip(alone, measured.wall, strict=True)
        share = statistics.median(one / other for one, other in pairs)
        cpu = statistics.median(measured.cpu) / (steps * BATCH) * 1e3
        print(f"| {name} | {rate:.0f} | {share:.2f} | {cpu:.1f} |")

    def memory() -> int:
        gc.collect()
        return psutil.Process().memory_info().rss >> 20

    levels = []
    for _ in range(10):
        for _ in pipeline(1):
            pass
        levels.append(memory())
    print(f"\nMB after each of ten epochs: {', '.join(map(str, levels))}")


if __name__ == "__main__":
    main()
