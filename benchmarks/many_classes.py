"""What a comparison of many classes costs: seconds, memory, bytes of its files.

    python benchmarks/many_classes.py [--classes 100 1000] [--rows 2] [--resamples 1000]

Made-up predictions of one target for 2 sides of 2 seeds. Nothing may grow faster than
the classes times the rows: of 10 times the classes, at the same rows a class, the
comparison.json is about 10 times as large. Each number of classes is a process of its
own, so that peak memory is its own.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from kpoc.evaluation.compare import evaluate
from kpoc.evaluation.comparison import Comparison
from kpoc.evaluation.sides import Side
from kpoc.report import write_page
from kpoc.training.machine import peak_memory, reset_peak_memory

SKILLS = {"baseline": 7.0, "method": 8.0}


def predictions(
    frame: pd.DataFrame, classes: list[str], skill: float, seed: int
) -> pd.DataFrame:
    """One training's answers; no probability is zero."""
    rows = len(frame)
    logits = 2 * np.random.default_rng(seed).normal(size=(rows, len(classes)))
    truth = frame["breed"].map(dict(zip(classes, range(len(classes)), strict=True)))
    logits[np.arange(rows), truth] += skill
    chances = np.exp(logits - logits.max(axis=1, keepdims=True))
    chances = (chances / chances.sum(axis=1, keepdims=True)).astype(np.float32)
    table = pd.DataFrame(chances, columns=[f"breed.{name}" for name in classes])
    return pd.concat([frame[["id"]], table], axis=1)


def measure(number: int, rows: int, resamples: int) -> dict[str, float]:
    """Seconds of the processor by step, peak memory and bytes of the files."""
    classes = [f"breed {code:04}" for code in range(number)]
    names = np.repeat(classes, rows)
    ids = [f"{row:07}.jpg" for row in range(len(names))]
    frame = pd.DataFrame({"id": ids, "split": "test", "breed": names})
    sides = [
        Side(
            name=name,
            seeds=[0, 1],
            predictions=[predictions(frame, classes, skill, seed) for seed in (0, 1)],
        )
        for name, skill in SKILLS.items()
    ]
    metrics = ["accuracy", "macro_f1", "cross_entropy"]
    target = {"kind": "categorical", "classes": classes, "metrics": metrics}
    reset_peak_memory()
    times = [time.process_time()]
    found = evaluate(
        sides,
        targets={"breed": target},
        groups=[],
        primary="breed.accuracy",
        manifest=frame,
        resamples=resamples,
    )
    times.append(time.process_time())
    with tempfile.TemporaryDirectory() as folder:
        comparison = Comparison(found)
        comparison.save(folder)
        times.append(time.process_time())
        write_page(comparison.to_dict(), folder)
        times.append(time.process_time())
        sizes = {path.name: path.stat().st_size for path in Path(folder).iterdir()}
    steps = zip(("evaluate", "save", "page"), np.diff(times).tolist(), strict=True)
    return {**dict(steps), "peak": peak_memory(), **sizes}


def main() -> None:
    """Measures each number of classes and prints a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--classes", type=int, nargs="+", default=[100, 1000])
    parser.add_argument("--rows", type=int, default=2, help="test rows a class")
    parser.add_argument("--resamples", type=int, default=1000)
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        print(json.dumps(measure(given.one, given.rows, given.resamples)))
        return
    print("| classes | evaluate | save | page | peak memory | comparison.json | page |")
    print("|-:|-:|-:|-:|-:|-:|-:|")
    for number in given.classes:
        words = ["--one", number, "--rows", given.rows, "--resamples", given.resamples]
        done = subprocess.run(
            [sys.executable, __file__, *map(str, words)],
            check=True,
            stdout=subprocess.PIPE,
        )
        found = json.loads(done.stdout)
        print(
            f"| {number} | {found['evaluate']:.1f} s | {found['save']:.1f} s "
            f"| {found['page']:.1f} s | {found['peak'] / 1e6:.0f} MB "
            f"| {found['comparison.json'] / 1e6:.2f} MB "
            f"| {found['index.html'] / 1e6:.2f} MB |",
            flush=True,
        )


if __name__ == "__main__":
    main()
