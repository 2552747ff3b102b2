"""Whether a training gives the same bits again, and what op determinism would cost.

    python benchmarks/repeatable.py [--backbones small_cnn] [--trainings 3] [--steps 40]

Every training is a process of its own, with dropout, on all processors, with the
kernels that the kpoc command chooses. The ways of training have their turns, so that
what else the machine does hits all alike. Op determinism is TensorFlow's switch, which
also turns XLA off.
"""

import argparse
import hashlib
import json
import os
import statistics
import subprocess
import sys
import time

WAYS = ("graph", "graph, op determinism", "XLA", "graph, bfloat16")
BATCH, CLASSES = 32, 4


def child(backbone: str, image_size: int, steps: int, way: str) -> None:
    """Trains, and prints a digest of all variables and the images a second."""
    from kpoc.cli import set_up_tensorflow

    set_up_tensorflow()

    import keras
    import numpy as np
    import tensorflow as tf

    from kpoc import models
    from kpoc.losses import LMFLoss

    if way.endswith("op determinism"):
        tf.config.experimental.enable_op_determinism()
    if way.endswith("bfloat16"):
        keras.config.set_dtype_policy("mixed_bfloat16")
    keras.utils.set_random_seed(0)
    body = models.get_backbone(backbone).build(image_size)
    x = body.output
    if len(x.shape) > 2:
        x = keras.layers.GlobalAveragePooling2D()(x)
    x = keras.layers.Dropout(0.3)(x)
    model = keras.Model(body.input, keras.layers.Dense(CLASSES, dtype="float32")(x))
    loss = LMFLoss(class_counts=[400, 100, 30, 10])
    model.compile("adam", loss, metrics=["accuracy"], jit_compile=way == "XLA")
    rng = np.random.default_rng(0)
    shape = (4 * BATCH, image_size, image_size, 3)
    images = rng.integers(0, 256, shape).astype("float32")
    labels = rng.integers(0, CLASSES, len(images))
    data = tf.data.Dataset.from_tensor_slices((images, labels)).repeat()
    data = data.batch(BATCH).prefetch(2)
    model.fit(data, steps_per_epoch=2, verbose=0)
    start = time.perf_counter()
    model.fit(data, steps_per_epoch=steps, verbose=0)
    seconds = time.perf_counter() - start
    digest = hashlib.sha256()
    for variable in [*model.variables, *model.optimizer.variables]:
        digest.update(keras.ops.convert_to_numpy(variable).tobytes())
    speed = steps * BATCH / seconds
    print(json.dumps({"digest": digest.hexdigest(), "images_per_second": speed}))


def main() -> None:
    """Prints one row for each backbone and way of training."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--backbones", nargs="+", default=["small_cnn"])
    parser.add_argument("--ways", nargs="+", default=WAYS)
    parser.add_argument("--image-size", type=int, default=64)
    parser.add_argument("--trainings", type=int, default=3)
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.child[0], options.image_size, options.steps, options.child[1])
        return
    print("| backbone | way | different results | SHA-256 of the weights | images/s |")
    print("|---|---|---|---|---|")
    for backbone in options.backbones:
        found = {way: [] for way in options.ways}
        for _ in range(options.trainings):
            for way in options.ways:
                words = [sys.executable, "-W", "ignore", __file__]
                words += ["--image-size", str(options.image_size)]
                words += ["--steps", str(options.steps), "--child", backbone, way]
                done = subprocess.run(
                    words,
                    env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"},
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    text=True,
                    check=True,
                )
                found[way].append(json.loads(done.stdout.splitlines()[-1]))
        for way, trainings in found.items():
            digests = sorted({training["digest"][:8] for training in trainings})
            speed = statistics.median(t["images_per_second"] for t in trainings)
            print(
                f"| {backbone} | {way} | {len(digests)} of {len(trainings)} "
                f"| {', '.join(digests)} | {speed:.0f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
