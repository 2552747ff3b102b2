"""Steps of the shelf's optimizers beside Keras' own, on a ViT-S/16.

    KERAS_BACKEND=tensorflow python benchmarks/optimizers.py [--whole-steps 8]

First the optimizer alone, on given gradients; then, with `--whole-steps`, whole
training steps of the model. Whoever is compared runs in turns within one process.
"""

import argparse
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from turns import HEADER, in_turns, row

from kpoc.models.vit import ViT, variant
from kpoc.optimizers import LARS, SING

CLASSES, SIDE = 1000, 224
ADAMW = "Keras' AdamW"
PEERS = {
    ADAMW: lambda: keras.optimizers.AdamW(1e-4, weight_decay=0.05),
    "Keras' SGD, momentum": lambda: keras.optimizers.SGD(
        1e-4, momentum=0.9, weight_decay=1e-6
    ),
}
PLAIN = {"softplus": None, "lookahead_steps": None}
CANDIDATES = {
    "SING": (lambda: SING(1e-4, weight_decay=0.05), ADAMW),
    "SING without softplus and look-ahead": (
        lambda: SING(1e-4, weight_decay=0.05, **PLAIN),
        ADAMW,
    ),
    "LARS": (lambda: LARS(1e-4, weight_decay=1e-6), "Keras' SGD, momentum"),
}
WAYS = {
    "tensorflow": {"TensorFlow graph": False, "TensorFlow XLA": True},
    "jax": {"JAX": True},
    "torch": {"PyTorch": False},
}[keras.backend.backend()]


def network() -> keras.Model:
    """A ViT-S/16 with a classifier: 22 million parameters."""
    model = ViT(SIDE, num_classes=CLASSES, **variant("S/16"))
    model.build((None, SIDE, SIDE, 3))
    return model


def stepper(optimizer: keras.optimizers.Optimizer, gradients: list, jit: bool):
    """What makes one step of the optimizer and returns when it is done."""
    variables = network().trainable_variables
    optimizer.build(variables)
    if keras.backend.backend() == "torch":
        return lambda: optimizer.apply(gradients)
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        apply = tf.function(optimizer.apply, jit_compile=jit)
        return lambda: apply(gradients)
    import jax

    # As Keras' trainer does it: the old values are given away.
    apply = jax.jit(optimizer.stateless_apply, donate_argnums=(0, 2))
    state = [[v.value for v in optimizer.variables], [v.value for v in variables]]

    def step():
        state[1], state[0] = apply(state[0], gradients, state[1])
        jax.block_until_ready(state)

    return step


def trainer(optimizer: keras.optimizers.Optimizer, batch_size: int, jit: bool):
    """What makes one training step of the model."""
    model = network()
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer, loss, jit_compile=jit)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(batch_size, SIDE, SIDE, 3)).astype("float32")
    y = rng.integers(0, CLASSES, batch_size)
    return lambda: model.train_on_batch(x, y)


def main() -> None:
    """Prints a row for each optimizer and way of running."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--whole-steps", type=int, default=0)
    parser.add_argument("--batch-size", type=int, default=8)
    parser.add_argument(
        "--only", nargs="+", choices=CANDIDATES, default=list(CANDIDATES)
    )
    options = parser.parse_args()
    rng = np.random.default_rng(1)
    gradients = [
        keras.ops.convert_to_tensor(rng.normal(0, 0.01, v.shape).astype("float32"))
        for v in network().trainable_variables
    ]
    print(HEADER)
    for way, jit in WAYS.items():
        for name in options.only:
            make, peer = CANDIDATES[name]
            steps = {
                name: stepper(make(), gradients, jit),
                peer: stepper(PEERS[peer](), gradients, jit),
            }
            times = in_turns(steps, options.steps)
            print(row(f"{name}, {way}", times[name], peer, times[peer]), flush=True)
    if not options.whole_steps:
        return
    for way, jit in WAYS.items():
        make, peer = CANDIDATES["SING"]
        steps = {
            "SING": trainer(make(), options.batch_size, jit),
            peer: trainer(PEERS[peer](), options.batch_size, jit),
        }
        times = in_turns(steps, options.whole_steps, warm_up=1)
        what = f"whole step with SING, batch {options.batch_size}, {way}"
        print(row(what, times["SING"], peer, times[peer]), flush=True)


if __name__ == "__main__":
    main()
