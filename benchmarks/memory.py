"""Peak memory of `kpoc train` over the number of its rows, the images read from files.

    python benchmarks/memory.py [--rows 20000 200000]

Each size is trained for one epoch by the real command. The rows are a table over 600
drawn portraits of 32 px, which come again and again below folders of other names. What
the manifest's table takes itself is set apart, since it cannot but grow with the rows.
"""

import argparse
import contextlib
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from kpoc.ground.child_python import child_command
from kpoc.protocols.build import build_manifest
from kpoc.protocols.protocol import Protocol
from kpoc.runs.run import Run

PORTRAITS = {
    "name": "pictures",
    "source": {"name": "portraits", "count": 600, "size": 32},
    "seed": 0,
    "columns": {
        "age": {"range": [1, 80]},
        "kind": {"classes": ["Round", "Angular"]},
        "tribe": {"classes": ["Cedar", "Birch", "Maple", "Willow"]},
    },
    "steps": [
        {"name": "test", "rows": 8, "by": ["kind", "tribe"]},
        {"name": "split", "train": 0.8, "validation": 0.2, "stratify": ["kind"]},
    ],
}
PROTOCOL = """
name: many
description: few images under many names
source:
  name: csv
  table: table.csv
  path: path
  columns: {age: number, kind: class, tribe: class, part: class}
seed: 0
columns:
  age: {range: [1, 80]}
  kind: {classes: [Round, Angular]}
  tribe: {classes: [Cedar, Birch, Maple, Willow]}
steps:
  - {name: given, column: part, train: [train], validation: [validation], test: [test]}
"""
RECIPE = """
extends: portraits/baseline
name: many
task: {protocol: many.yaml, groups: [kind, tribe]}
model: {options: {width: 8, stages: 3, units: 16}}
image_size: 32
batch_size: 128
epochs: 1
cache: none
"""
MB = 1e6


def lay_out(folder: Path, rows: int) -> None:
    """A data folder with the table, the protocol and the recipe."""
    pictures = build_manifest(Protocol(**PORTRAITS))
    data = folder / "data"
    (data / "pictures").mkdir(parents=True)
    for path in pictures.paths():
        (data / "pictures" / path.name).write_bytes(path.read_bytes())
    names = [f"copy{number:05}" for number in range(-(-rows // len(pictures)))]
    for name in names:
        (data / name).symlink_to("pictures")
    table = pd.concat([pictures.table] * len(names), ignore_index=True)
    table["path"] = np.repeat(names, len(pictures)) + "/" + table["path"]
    table = table.rename(columns={"split": "part"})
    columns = ["path", "age", "kind", "tribe", "part"]
    table[columns].iloc[:rows].to_csv(data / "table.csv", index=False)
    (folder / "many.yaml").write_text(PROTOCOL)
    (folder / "recipe.yaml").write_text(RECIPE)


def high_water(pid: int) -> int:
    """The largest resident memory of a process so far, in bytes; 0 if it is gone."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return 1024 * int(line.split()[1])
    return 0


def measure(rows: int) -> tuple[int, int]:
    """Bytes of the manifest's table, and at the peak of the process."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lay_out(folder, rows)
        command = child_command("kpoc", "train", "recipe.yaml", "--data", "data")
        with open(folder / "log", "w") as log:
            process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
            # asked all the time, since training sets the system's count back
            peak = 0
            while process.poll() is None:
                peak = max(peak, high_water(process.pid))
                time.sleep(0.05)
        if process.returncode:
            sys.exit((folder / "log").read_text())
        [file] = folder.glob("runs/**/run.json")
        table = Run(file.parent).manifest.table
        assert len(table) == rows
        return int(table.memory_usage(deep=True).sum()), peak


def main() -> None:
    """Prints one row a size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", nargs="+", type=int, default=[20_000, 200_000])
    options = parser.parse_args()
    print("| rows | table, MB | peak, MB | peak less the table, MB | to the first |")
    print("|---|---|---|---|---|")
    first = None
    for rows in options.rows:
        table, peak = measure(rows)
        first = first or peak - table
        print(
            f"| {rows:,} | {table / MB:.0f} | {peak / MB:.0f} "
            f"| {(peak - table) / MB:.0f} | {(peak - table) / first:.3f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
