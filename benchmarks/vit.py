"""Training steps of kpoc's ViT beside its peers', each in its modes.

    pip install -r benchmarks/requirements.txt
    make tfvit
    python benchmarks/vit.py [--variants Ti/16 S/16] [--batches 8 32] [--rounds 10]
        [--peers kpoc KerasHub] [--modes "XLA with oneDNN" compiled]

Peers: Hugging Face's TFViT (with the Python of `make tfvit`), KerasHub, Hugging Face's
and timm's on PyTorch, eager and compiled. Who is not installed is named. Each candidate
has a process of its own, since their libraries do not live together; all are ready
before the first counted step, then they step in turns, and nobody else works meanwhile.
TensorFlow's run without oneDNN and with it: on a processor without AVX-512 the first is
what it decides by itself, the second what kpoc's command decides.
224 px, 1000 classes, AdamW, random weights. The share of sgemm compares the operations
of a step with those of plain matrix products in the same turns.
"""

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from turns import Times

from kpoc.ground.environments import ENVIRONMENTS, EnvironmentMissing

HERE = Path(__file__).parent
SHAPES = {"Ti": (192, 12, 3), "S": (384, 12, 6), "B": (768, 12, 12)}
SIDE, CLASSES = 224, 1000
OURS, GEMM = "kpoc", "sgemm"
ONEDNN = "with oneDNN"
KERAS = ("graph", f"graph {ONEDNN}", "XLA", f"XLA {ONEDNN}")
PYTORCH = ("eager", "compiled")
# by name: module of vit_peers, modes, the environment of its own
PEERS = {
    OURS: ("kpoc_vit", KERAS, None),
    "Hugging Face TFViT": ("tfvit", KERAS, "tfvit"),
    "KerasHub": ("kerashub_vit", KERAS, None),
    "Hugging Face, PyTorch": ("huggingface_vit", PYTORCH, None),
    "timm, PyTorch": ("timm_vit", PYTORCH, None),
}


def shape_of(variant: str) -> dict[str, int]:
    """Arguments of a ViT by a name such as Ti/16."""
    size, patch = variant.split("/")
    width, depth, heads = SHAPES[size]
    return {"width": width, "depth": depth, "heads": heads, "patch_size": int(patch)}


def step_flops(shape: dict[str, int], batch: int) -> float:
    """Operations of the matrix products of a training step: 3 times those forward."""
    width, patches = shape["width"], (SIDE // shape["patch_size"]) ** 2
    tokens = patches + 1
    block = tokens * 12 * width**2 + 2 * tokens**2 * width
    embedding = patches * 3 * shape["patch_size"] ** 2 * width
    forward = 2 * (shape["depth"] * block + embedding + width * CLASSES)
    return 3.0 * batch * forward


class Candidate:
    """A peer in one mode, in a process of its own.

    Attributes:
        absent: Why it cannot take part; None if it can.
        times: What its steps took.
        first: Seconds of the first step, compilation included.
    """

    def __init__(self, python: str, shape: dict, module: str, way: str, *rest: object):
        self.times, self.first = Times(), float("nan")
        self._log = tempfile.TemporaryFile("w+")
        self._process = subprocess.Popen(
            [python, "-W", "ignore", HERE / "vit_step.py", module, way]
            + [*map(str, rest), json.dumps(shape)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            env=os.environ | {"TF_ENABLE_ONEDNN_OPTS": str(int(ONEDNN in way))},
        )
        found = self._read()
        self.absent = found.get("absent")
        self.first = found.get("first", self.first)

    def _read(self) -> dict:
        line = self._process.stdout.readline()
        if line:
            return json.loads(line)
        self._log.seek(0)
        last = [text for text in self._log.read().splitlines() if text.strip()][-1:]
        return {"absent": f"it ended: {''.join(last)}"}

    def step(self) -> None:
        """Makes one step, unless it is absent."""
        if self.absent:
            return
        print(file=self._process.stdin, flush=True)
        found = self._read()
        self.absent = found.get("absent")
        if not self.absent:
            self.times.wall.append(found["wall"])
            self.times.cpu.append(found["cpu"])

    def close(self) -> None:
        """Ends the process."""
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait()
        self._log.close()


def measure(shape: dict, batch: int, options) -> dict[tuple[str, str], Candidate | str]:
    """Steps of all candidates, in turns; why not, for those that are absent."""
    found: dict[tuple[str, str], Candidate | str] = {}
    asked = {name: PEERS[name] for name in options.peers}
    for name, (module, ways, environment) in asked.items():
        try:
            python = ENVIRONMENTS[environment].python() if environment else None
        except EnvironmentMissing as error:
            found[name, ""] = str(error)
            continue
        for way in (way for way in ways if way in options.modes):
            print(f"preparing {name}, {way}", file=sys.stderr, flush=True)
            words = (module, way, batch, options.bfloat16, options.warm_up)
            made = Candidate(python or sys.executable, shape, *words)
            found[name, way] = made.absent or made
    words = (GEMM, "", batch, options.bfloat16, options.warm_up)
    found[GEMM, ""] = Candidate(sys.executable, shape, *words)
    present = [each for each in found.values() if isinstance(each, Candidate)]
    for _ in range(options.rounds):
        for each in present:
            each.step()
    for each in present:
        each.close()
    return {
        key: each if isinstance(each, str) else each.absent or each
        for key, each in found.items()
    }


def rows(variant: str, found: dict, flops: float, batch: int) -> list[str]:
    """Lines of the table, and of who is absent."""
    from vit_peers.sgemm import FLOPS

    gemm = found.pop((GEMM, ""))
    if isinstance(gemm, str):
        raise SystemExit(f"no matrix products to compare with: {gemm}")
    peak = FLOPS / statistics.median(gemm.times.wall)
    there = {key: each for key, each in found.items() if not isinstance(each, str)}
    best = min(
        statistics.median(each.times.wall)
        for (name, _), each in there.items()
        if name == OURS
    )
    lines = []
    for (name, way), each in there.items():
        wall = statistics.median(each.times.wall)
        cells = [
            f"{variant}, batch {batch}",
            f"{name}, {way}",
            f"{1e3 * wall:.0f}",
            f"{1e3 * min(each.times.wall):.0f}",
            f"{batch / wall:.1f}",
            f"{flops / wall / peak:.0%}",
            f"{wall / best:.2f}",
            f"{each.first:.0f}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    lines += [
        f"\n{variant}, batch {batch}: {name} {way} is absent: {each}"
        for (name, way), each in found.items()
        if isinstance(each, str)
    ]
    return [*lines, f"\n{variant}, batch {batch}: sgemm {peak / 1e9:.0f} GFLOP/s\n"]


def main() -> None:
    """Prints a table a variant and batch size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--variants", nargs="+", default=["Ti/16", "S/16"])
    parser.add_argument("--batches", nargs="+", type=int, default=[8, 32])
    parser.add_argument("--peers", nargs="+", choices=PEERS, default=list(PEERS))
    modes = [*KERAS, *PYTORCH]
    parser.add_argument("--modes", nargs="+", choices=modes, default=modes)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--warm-up", type=int, default=2)
    parser.add_argument(
        "--bfloat16", action="store_true", help="products in bfloat16, for a GPU"
    )
    options = parser.parse_args()
    if OURS not in options.peers:
        parser.error(f"--peers must name {OURS}, which the others are compared with")
    if not set(options.modes) & set(KERAS):
        parser.error(f"--modes must name one of {OURS}'s: {', '.join(KERAS)}")
    for variant in options.variants:
        for batch in options.batches:
            shape = shape_of(variant)
            found = measure(shape, batch, options)
            print(
                "| model | who | ms, median | ms, least | images/s | share of sgemm "
                "| times kpoc's better mode | first step, s |"
            )
            print("|---|---|---|---|---|---|---|---|")
            flops = step_flops(shape, batch)
            print("\n".join(rows(variant, found, flops, batch)), flush=True)


if __name__ == "__main__":
    main()
