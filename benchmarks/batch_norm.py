"""Training steps with the fused batch norm and with Keras' own, side by side.

    python benchmarks/batch_norm.py [--backbones resnet50] [--image-size 160]

That every backbone of the registry has the fused one comes from this table.
"""

import functools

from kpoc.cli import set_up_tensorflow

set_up_tensorflow()

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
from turns import in_turns, step_options  # noqa: E402
from xla import trainer  # noqa: E402

from kpoc import models  # noqa: E402

TYPICAL = ["small_cnn", "mobilenet_v3_small", "mobilenet_v2", "resnet50"]


def main() -> None:
    """Prints one row a backbone."""
    parser = step_options(__doc__, TYPICAL, image_size=112)
    parser.add_argument("--threads", type=int, help="of TensorFlow; all processors")
    options = parser.parse_args()
    if options.threads:
        tf.config.threading.set_intra_op_parallelism_threads(options.threads)
        tf.config.threading.set_inter_op_parallelism_threads(options.threads)
    rng = np.random.default_rng(0)
    size, batch = options.image_size, options.batch_size
    images = rng.uniform(0, 255, (batch, size, size, 3)).astype("float32")
    labels = rng.integers(0, 4, batch)
    print("| backbone | Keras' own, images/s | fused, images/s | fused / Keras' |")
    print("|---|---|---|---|")
    for name in options.backbones:
        fused = models.get_backbone(name).build
        trainers = {b: trainer(b, size, xla=False) for b in (fused.__wrapped__, fused)}
        steps = {
            build: functools.partial(model.train_on_batch, images, labels)
            for build, model in trainers.items()
        }
        times = in_turns(steps, options.steps)
        own, ours = (batch / min(times[build].wall) for build in steps)
        print(f"| {name} | {own:.0f} | {ours:.0f} | {ours / own:.2f} |", flush=True)


if __name__ == "__main__":
    main()
