"""The shelf's losses beside their peers, values and gradients, on Keras' backend.

    pip install -r benchmarks/requirements.txt
    KERAS_BACKEND=tensorflow python benchmarks/losses.py [--only focal memory ...]

A peer that is not installed is skipped by name. Whoever is compared runs in turns
within one process; peak memory and imports are measured in processes of their own.
"""

import argparse
import os
import statistics
import subprocess
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from turns import HEADER, in_turns, row

from kpoc import losses

BACKEND = keras.backend.backend()
RNG = np.random.default_rng(0)


def gradient_of(function, *inputs, jit: bool = False):
    """What computes the value and the gradients of `function(*inputs)`."""
    tensors = [keras.ops.convert_to_tensor(x) for x in inputs]
    if BACKEND == "tensorflow":
        import tensorflow as tf

        @tf.function(jit_compile=jit)
        def run(*tensors):
            with tf.GradientTape() as tape:
                tape.watch(tensors)
                value = function(*tensors)
            return value, tape.gradient(value, tensors)

        return lambda: run(*tensors)
    if BACKEND == "jax":
        import jax

        places = tuple(range(len(tensors)))
        run = jax.jit(jax.value_and_grad(function, places))
        return lambda: jax.block_until_ready(run(*tensors))
    return torch_gradient_of(function, *inputs)


def torch_gradient_of(function, *inputs):
    """The same with PyTorch, whatever Keras' backend."""
    import torch

    tensors = [torch.tensor(x, requires_grad=True) for x in inputs]

    def run():
        value = function(*tensors)
        return value.detach(), torch.autograd.grad(value, tensors)

    return run


def focal(rounds: int) -> None:
    """Sparse focal loss beside Keras' on labels that are one-hot already."""
    peer = "Keras' CategoricalFocalCrossentropy"
    for rows, classes in ((4096, 10), (1024, 1000)):
        labels = RNG.integers(0, classes, rows)
        one_hot = keras.ops.convert_to_tensor(np.eye(classes, dtype="float32")[labels])
        labels = keras.ops.convert_to_tensor(labels)
        own = losses.SparseCategoricalFocalCrossentropy(gamma=2.0)
        other = keras.losses.CategoricalFocalCrossentropy(
            alpha=1.0, gamma=2.0, from_logits=True
        )
        logits = RNG.normal(0, 2, (rows, classes)).astype("float32")
        for jit in (False, True) if BACKEND == "tensorflow" else (BACKEND == "jax",):
            times = in_turns(
                {
                    "own": gradient_of(
                        lambda z, y=labels, f=own: f(y, z), logits, jit=jit
                    ),
                    "peer": gradient_of(
                        lambda z, y=one_hot, f=other: f(y, z), logits, jit=jit
                    ),
                },
                rounds,
            )
            what = f"sparse focal, {rows} x {classes}{', XLA' if jit else ''}"
            print(row(what, times["own"], peer, times["peer"]), flush=True)


def dense_weight(rounds: int) -> None:
    """DenseWeight.fit and the weights of the fitted rows, beside the package."""
    y = RNG.gamma(4.0, 10.0, 10_000_000)
    large = in_turns({"fit": lambda: losses.DenseWeight().fit(y)}, max(rounds // 4, 3))
    seconds = large["fit"].wall
    print(
        f"DenseWeight.fit on {len(y):,} targets: {statistics.median(seconds):.2f} s, "
        f"least {min(seconds):.2f} s, CPU {statistics.median(large['fit'].cpu):.2f} s"
    )
    try:
        from denseweight import DenseWeight
    except ImportError as error:
        print(f"skipped: denseweight ({error})")
        return
    few = y[:100_000]
    for method in ("kde", "reference"):
        times = in_turns(
            {
                "own": lambda m=method: losses.DenseWeight(method=m).fit(few)(few),
                "peer": lambda: DenseWeight(alpha=1.0).fit(few),
            },
            max(rounds // 4, 3),
            warm_up=1,
        )
        what = f"DenseWeight({method!r}), 100,000 targets"
        print(row(what, times["own"], "denseweight", times["peer"]), flush=True)


def nt_xent(rounds: int) -> None:
    """NT-Xent beside lightly's, on PyTorch eagerly whatever Keras' backend."""
    try:
        from lightly.loss import NTXentLoss
    except (ImportError, RuntimeError) as error:
        print(f"skipped: lightly ({error})")
        return
    own, other = losses.NTXentLoss(temperature=0.5), NTXentLoss(temperature=0.5)
    for rows in (256, 1024, 4096):
        views = RNG.normal(0, 1, (2, rows, 128)).astype("float32")
        calls = {
            "own": gradient_of(own, *views, jit=True),
            "peer": torch_gradient_of(other, *views),
        }
        few = max(rounds // (1 + rows // 1024), 3)
        times = in_turns(calls, few, warm_up=1)
        values = [float(call()[0]) for call in calls.values()]
        np.testing.assert_allclose(*values, rtol=1e-5)
        what = f"NT-Xent, {rows} x 128"
        print(row(what, times["own"], "lightly, PyTorch", times["peer"]), flush=True)


MEMORY = """
import pathlib, re, sys
sys.path.insert(0, {folder!r})
import losses as benchmark
import numpy as np
def peak():  # of this process image: rusage would show the parent's
    status = pathlib.Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", status)[1]) * 1024
def views(rows):
    return np.random.default_rng(0).normal(0, 1, (2, rows, 128)).astype("float32")
if {peer}:
    from lightly.loss import NTXentLoss
    make = lambda rows: benchmark.torch_gradient_of(NTXentLoss(0.1), *views(rows))
else:
    make = lambda rows: benchmark.gradient_of(
        benchmark.losses.NTXentLoss(0.1), *views(rows), jit=True
    )
make(64)()
step, before = make(4096), peak()
step()
print(peak() - before)
"""


def memory(rounds: int) -> None:
    """Peak memory of NT-Xent at 4096 pairs, value and gradients."""
    matrix = (2 * 4096) ** 2 * 4
    folder = os.path.dirname(os.path.abspath(__file__))
    for name, peer in ((f"kpoc, {BACKEND}", False), ("lightly, PyTorch", True)):
        code = MEMORY.format(folder=folder, peer=peer)
        done = subprocess.run(
            [sys.executable, "-P", "-c", code],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            print(f"skipped: {name} ({done.stderr.strip().splitlines()[-1]})")
            continue
        grown = int(done.stdout.split()[-1])
        print(
            f"NT-Xent, 4096 x 128, peak memory, {name}: {grown / 2**20:.0f} MiB = "
            f"{grown / matrix:.2f} x the 8192 x 8192 similarity matrix",
            flush=True,
        )


def share(rounds: int) -> None:
    """What a loss costs of a training step of MobileNetV3-Small at 224, batch 32."""
    batch, classes = 32, 120
    labels = RNG.integers(0, classes, batch)
    years = RNG.uniform(1, 80, (batch, 1)).astype("float32")
    model = keras.applications.MobileNetV3Small(
        weights=None, classes=classes, classifier_activation=None
    )
    model.compile(
        "adam",
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        jit_compile=BACKEND == "jax",
    )
    images = RNG.uniform(0, 255, (batch, 224, 224, 3)).astype("float32")
    logits = RNG.normal(0, 2, (batch, classes)).astype("float32")
    views = RNG.normal(0, 1, (2, batch, 128)).astype("float32")
    counts = np.bincount(labels, minlength=classes) + 1
    dense = losses.DenseLoss.from_data(RNG.gamma(4.0, 10.0, 10_000))
    teacher = RNG.dirichlet(np.ones(classes), (2, batch)).astype("float32")
    student = RNG.normal(0, 1, (4, batch, classes)).astype("float32")
    labelled = {
        "focal": losses.SparseCategoricalFocalCrossentropy(),
        "LDAM": losses.LDAMLoss(counts, class_weights="effective_number"),
        "LMF": losses.LMFLoss(counts, class_weights="margins"),
    }
    y = keras.ops.convert_to_tensor(labels)
    calls = {
        name: gradient_of(lambda z, f=f: f(y, z), logits)
        for name, f in labelled.items()
    }
    years, teacher = map(keras.ops.convert_to_tensor, (years, teacher))
    calls["DenseLoss"] = gradient_of(lambda p: dense(years, p), np.array(years) + 1)
    calls["NT-Xent"] = gradient_of(losses.NTXentLoss(), *views)
    calls["DINO"] = gradient_of(lambda s: losses.DINOLoss()(teacher, s), student)
    calls["step"] = lambda: model.train_on_batch(images, labels)
    times = in_turns(calls, rounds)
    step = times.pop("step")
    print(
        f"MobileNetV3-Small, training step at 224 px, batch {batch}: "
        f"{statistics.median(step.wall) * 1e3:.0f} ms, CPU "
        f"{statistics.median(step.cpu) * 1e3:.0f} ms; of that, value and gradient of"
    )
    for name, own in times.items():
        wall = statistics.median(own.wall) / statistics.median(step.wall)
        cpu = statistics.median(own.cpu) / statistics.median(step.cpu)
        print(f"- {name}: {wall:.2%} by the clock, {cpu:.2%} of CPU time")


IMPORT = """
import importlib, time
import keras
for room in ("losses", "metrics", "optimizers"):
    start = time.process_time()
    importlib.import_module(f"kpoc.{room}")
    print(room, time.process_time() - start)
"""


def imports(rounds: int) -> None:
    """CPU seconds that importing a room takes beyond Keras (and the rooms before)."""
    took: dict[str, list[float]] = {}
    for _ in range(3):
        done = subprocess.run(
            [sys.executable, "-P", "-c", IMPORT],
            capture_output=True,
            text=True,
            check=True,
        )
        for line in done.stdout.splitlines():
            room, seconds = line.split()
            took.setdefault(room, []).append(float(seconds))
    for room, seconds in took.items():
        print(f"import kpoc.{room}: {statistics.median(seconds) * 1e3:.0f} ms of CPU")


SECTIONS = {
    section.__name__: section
    for section in (focal, dense_weight, nt_xent, memory, share, imports)
}


def main() -> None:
    """Prints the sections asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=list(SECTIONS))
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args()
    print(f"Keras {keras.__version__} on {BACKEND}\n\n{HEADER}")
    for name in options.only:
        SECTIONS[name](options.rounds)


if __name__ == "__main__":
    main()
