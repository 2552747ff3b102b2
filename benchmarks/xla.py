"""Training steps as a graph and under XLA, side by side, for typical backbones.

    python benchmarks/xla.py [--backbones resnet50 vit_s16] [--image-size 64]

`--backbones all` takes every one of the registry, which is hours of compiling.

What `xla_on_cpu` in the registry says comes from this table.
"""

import statistics
import time
from collections.abc import Callable

from kpoc.cli import set_up_tensorflow

set_up_tensorflow()

import keras  # noqa: E402
import numpy as np  # noqa: E402
from turns import step_options  # noqa: E402

from kpoc import models  # noqa: E402

TYPICAL = ["small_cnn", "mobilenet_v3_small", "mobilenet_v2", "resnet50", "vit_ti16"]


def trainer(
    build: Callable[[int], keras.Model], image_size: int, xla: bool
) -> keras.Model:
    """A classifier on the backbone that is built, compiled."""
    backbone = build(image_size)
    x = backbone.output
    if len(x.shape) > 2:
        x = keras.layers.GlobalAveragePooling2D()(x)
    model = keras.Model(backbone.input, keras.layers.Dense(4)(x))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss, jit_compile=xla)
    return model


def main() -> None:
    """Prints one row a backbone."""
    options = step_options(__doc__, TYPICAL, image_size=64).parse_args()
    rng = np.random.default_rng(0)
    size, batch = options.image_size, options.batch_size
    images = rng.uniform(0, 255, (batch, size, size, 3)).astype("float32")
    labels = rng.integers(0, 4, batch)
    print(
        "| backbone | graph, images/s | XLA, images/s | XLA / graph | XLA compile, s |"
    )
    print("|---|---|---|---|---|")
    everything = options.backbones == ["all"]
    for name in models.backbone_names() if everything else options.backbones:
        seconds: dict[bool, list[float]] = {False: [], True: []}
        build = models.get_backbone(name).build
        trainers = {xla: trainer(build, size, xla) for xla in seconds}
        first = {}
        for xla, model in trainers.items():
            start = time.perf_counter()
            model.train_on_batch(images, labels)
            first[xla] = time.perf_counter() - start
        # in turns, so that what else the machine does hits both alike
        for _ in range(options.steps):
            for xla, model in trainers.items():
                start = time.perf_counter()
                model.train_on_batch(images, labels)
                seconds[xla].append(time.perf_counter() - start)
        graph, xla = (batch / statistics.median(seconds[x]) for x in (False, True))
        print(
            f"| {name} | {graph:.0f} | {xla:.0f} | {xla / graph:.2f} "
            f"| {first[True]:.0f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
