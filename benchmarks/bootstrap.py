"""What an evaluation costs: seconds and memory of `kpoc.evaluation.compare.evaluate`.

    python benchmarks/bootstrap.py [--rows 10000] [--resamples 10000] [--repeats 3]

Made-up predictions of the face study's targets (a number, 2 classes, 4 classes) for 2
and 4 sides of 3 seeds, rows in cells of 10; with and without breakdowns by gender,
ethnicity and ten-year band. Each measurement is a process of its own, so that peak
memory is its own. A loop over resamples with scikit-learn's scores, the usual way, is
timed on a few resamples beside it and scaled. Writes results/bootstrap.md.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

from kpoc.evaluation.compare import evaluate
from kpoc.evaluation.sides import Side
from kpoc.report import numbers
from kpoc.training.machine import peak_memory, reset_peak_memory, versions

SEEDS = 3
CELL = 10
LOOP_RESAMPLES = 10
TARGETS = {
    "age": {
        "kind": "regression",
        "unit": "years",
        "range": [1, 80],
        "metrics": ["mae"],
    },
    "gender": {
        "kind": "binary",
        "classes": ["Male", "Female"],
        "metrics": ["accuracy", "macro_f1"],
    },
    "ethnicity": {
        "kind": "categorical",
        "classes": ["White", "Black", "Asian", "Indian"],
        "metrics": ["macro_f1", "accuracy", "balanced_accuracy"],
    },
}
PRIMARY = "ethnicity.macro_f1"
GROUPS = ["gender", "ethnicity", "age_band"]
CASES = {
    "1 target": (["ethnicity"], []),
    "3 targets": (list(TARGETS), []),
    "3 targets, 3 breakdowns": (list(TARGETS), GROUPS),
}


def truth(rows: int) -> pd.DataFrame:
    """Test rows of the face study's design, with as many in each cell."""
    cells = pd.MultiIndex.from_product(
        [
            TARGETS["gender"]["classes"],
            TARGETS["ethnicity"]["classes"],
            [f"{low + 1}-{low + 10}" for low in range(0, 80, 10)],
        ],
        names=GROUPS,
    ).to_frame(index=False)
    frame = cells.iloc[np.arange(rows) // CELL % len(cells)].reset_index(drop=True)
    low = frame["age_band"].str.split("-").str[0].astype(int)
    frame["age"] = low + np.arange(rows) % 10
    frame["id"] = [f"{row:07}.jpg" for row in range(rows)]
    frame["stratum"] = [f"{row // CELL}" for row in range(rows)]
    return frame


def predictions(frame: pd.DataFrame, generator: np.random.Generator) -> pd.DataFrame:
    """One training's answers: about 80 % right, ages 8 years off."""
    columns = {
        "id": frame["id"],
        "age": frame["age"] + generator.normal(0, 8, len(frame)),
    }
    columns["age"] = columns["age"].clip(1, 80)
    for name in ("gender", "ethnicity"):
        classes = TARGETS[name]["classes"]
        scores = generator.normal(0, 1, (len(frame), len(classes)))
        scores += 2.0 * (frame[name].to_numpy()[:, None] == np.array(classes))
        shares = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
        columns |= {f"{name}.{c}": shares[:, k] for k, c in enumerate(classes)}
    return pd.DataFrame(columns)


def make(rows: int, sides: int) -> tuple[pd.DataFrame, list[Side]]:
    """Test rows and the sides' predictions of them."""
    frame, generator = truth(rows), np.random.default_rng(0)
    made = [
        Side(
            name=f"side {number}",
            seeds=list(range(SEEDS)),
            predictions=[predictions(frame, generator) for _ in range(SEEDS)],
        )
        for number in range(sides)
    ]
    return frame, made


def measure(case: str, rows: int, sides: int, resamples: int) -> dict[str, float]:
    """Seconds and bytes of one evaluation, in this process."""
    names, groups = CASES[case]
    frame, made = make(rows, sides)
    for side in made:
        side.predictions = [
            table[["id", *(c for c in table if c.split(".")[0] in names)]]
            for table in side.predictions
        ]
    arguments = {
        "targets": {name: TARGETS[name] for name in names},
        "groups": groups,
        "primary": PRIMARY,
        "manifest": frame,
    }
    # imports and what libraries set up once are not the evaluation's
    evaluate(made, **arguments, resamples=2)
    reset_peak_memory()
    before = peak_memory()
    start = time.process_time()
    result = evaluate(made, **arguments, resamples=resamples)
    return {
        "seconds": time.process_time() - start,
        "added": peak_memory() - before,
        "peak": peak_memory(),
        "figures": len(result["scores"]) + len(result["differences"]),
    }


def loop_seconds(rows: int, sides: int, resamples: int) -> float:
    """Seconds of a plain loop with scikit-learn's macro F1, one target, scaled."""
    from sklearn.metrics import f1_score

    frame, made = make(rows, sides)
    classes = np.array(TARGETS["ethnicity"]["classes"])
    columns = [f"ethnicity.{name}" for name in classes]
    models = [table for side in made for table in side.predictions]
    answers = [classes[m[columns].to_numpy().argmax(axis=1)] for m in models]
    right, generator = frame["ethnicity"].to_numpy(), np.random.default_rng(0)
    start = time.process_time()
    for _ in range(LOOP_RESAMPLES):
        within = generator.integers(0, CELL, rows) + np.arange(rows) // CELL * CELL
        for answer in answers:
            f1_score(right[within], answer[within], average="macro")
    return (time.process_time() - start) * resamples / LOOP_RESAMPLES


def in_a_process(*words: object) -> dict[str, float]:
    """What `measure` gives in a fresh process."""
    command = [sys.executable, __file__, "--one", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def main() -> None:
    """Prints and writes the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--resamples", type=int, default=10_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path("results/bootstrap.md"))
    parser.add_argument("--one", nargs=2, metavar=("CASE", "SIDES"), help="internal")
    options = parser.parse_args()
    rows, resamples = options.rows, options.resamples
    if options.one:
        case, sides = options.one
        print(json.dumps(measure(case, rows, int(sides), resamples)))
        return
    lines = []
    for sides in (2, 4):
        for case in CASES:
            words = (case, sides, "--rows", rows, "--resamples", resamples)
            found = [in_a_process(*words) for _ in range(options.repeats)]
            seconds = min(each["seconds"] for each in found)
            added, peak = (
                max(f[key] for f in found) / 1e6 for key in ("added", "peak")
            )
            lines.append(
                f"| {sides} | {case} | {found[0]['figures']:,} | {seconds:.1f} "
                f"| {added:.0f} | {peak:.0f} |"
            )
            print(lines[-1], flush=True)
    loop = loop_seconds(rows, 2, resamples)
    used = versions()
    page = PAGE.format(
        rows=rows,
        resamples=resamples,
        repeats=options.repeats,
        seeds=SEEDS,
        loop_resamples=LOOP_RESAMPLES,
        table="\n".join(lines),
        loop=numbers.seconds(loop),
        cpus=os.cpu_count(),
        load=os.getloadavg()[2],
        versions=", ".join(f"{n} {used[n]}" for n in ("python", "numpy", "pandas")),
    )
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(page, encoding="utf-8")


PAGE = """\
# What an evaluation costs

```sh
python benchmarks/bootstrap.py --rows {rows} --resamples {resamples} --repeats {repeats}
```

`kpoc.evaluation.compare.evaluate` on {rows:,} made-up test rows in cells of 10,
{resamples:,} resamples, {seeds} seeds a side. CPU seconds of one core (it uses no
more), the least of {repeats} processes; peak memory, the largest of them: what the
evaluation adds, and all that the process has with its libraries and tables.
{versions}; {cpus} cores, on which {load:.0f} processes ran
in the mean (1 is an idle machine).

| sides | what is scored | figures | CPU, s | memory added, MB | of the process, MB |
|---|---|---|---|---|---|
{table}

Figures are rows of `scores` and `differences`, each with its interval. Memory does not
grow with the number of resamples. A loop over resamples that calls scikit-learn's
`f1_score` for each of the 6 trainings of 2 sides takes {loop} for that one score of
one target ({loop_resamples} resamples timed, and scaled).
"""


if __name__ == "__main__":
    main()
