"""Training and inference with TensorFlow's oneDNN kernels and without, side by side.

    python benchmarks/onednn.py [--backbones resnet50] [--image-size 112] [--steps 10]

A process each, since TensorFlow decides when it is imported; they step in turns. That
the kpoc command turns oneDNN on (`kpoc.cli.set_up_tensorflow`) comes from this table.
"""

import multiprocessing
import os
from multiprocessing.connection import Connection

from turns import in_turns, step_options

VARIABLE = "TF_ENABLE_ONEDNN_OPTS"
WITHOUT, WITH = "0", "1"
TYPICAL = ["small_cnn", "mobilenet_v3_small", "mobilenet_v2", "resnet50", "vit_ti16"]


def serve(backbone: str, side: int, batch: int, pipe: Connection) -> None:
    """Makes what it is asked for in a process of its own, and says when it is done."""
    import keras
    import numpy as np
    from xla import trainer

    from kpoc import models

    rng = np.random.default_rng(0)
    images = rng.uniform(0, 255, (batch, side, side, 3)).astype("float32")
    labels = rng.integers(0, 4, batch)
    keras.utils.set_random_seed(0)
    model = trainer(models.get_backbone(backbone).build, side, xla=False)
    calls = {
        "training": lambda: model.train_on_batch(images, labels),
        "inference": lambda: model.predict_on_batch(images),
    }
    while kind := pipe.recv():
        calls[kind]()
        pipe.send(kind)


class Server:
    """The process with or without oneDNN."""

    def __init__(self, onednn: str, *arguments: object):
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        # the child reads it when it imports TensorFlow
        os.environ[VARIABLE] = onednn
        self._process = context.Process(target=serve, args=(*arguments, theirs))
        self._process.start()

    def call(self, kind: str) -> None:
        """Makes one step and waits for it."""
        self._pipe.send(kind)
        self._pipe.recv()

    def close(self) -> None:
        """Ends the process."""
        self._pipe.send("")
        self._process.join()


def main() -> None:
    """Prints one row a backbone and kind of step."""
    options = step_options(__doc__, TYPICAL, image_size=112).parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    print("| backbone | step | without, images/s | with oneDNN | with / without |")
    print("|---|---|---|---|---|")
    for backbone in options.backbones:
        words = (backbone, options.image_size, options.batch_size)
        servers = {each: Server(each, *words) for each in (WITHOUT, WITH)}
        for kind in ("training", "inference"):
            calls = {
                each: lambda server=server, kind=kind: server.call(kind)
                for each, server in servers.items()
            }
            found = in_turns(calls, options.steps)
            slow, fast = (
                options.batch_size / min(found[each].wall) for each in (WITHOUT, WITH)
            )
            print(
                f"| {backbone} | {kind} | {slow:.0f} | {fast:.0f} "
                f"| {fast / slow:.2f} |",
                flush=True,
            )
        for server in servers.values():
            server.close()


if __name__ == "__main__":
    main()
