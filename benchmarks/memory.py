"""Peak memory of a training over the number of its rows, the images read from files.

    python benchmarks/memory.py [--rows 20000 200000]

Each size is trained for one epoch in a process of its own: the embedded portraits, as
often as it takes, at 32 px. What the manifest's table takes itself is set apart, since
it cannot but grow with the rows.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd

from kpoc.data import Manifest, build_manifest
from kpoc.training.machine import peak_memory
from kpoc.training.plan import make_plan

OVERRIDES = {
    "epochs": 1,
    "cache": "none",
    "image_size": 32,
    "batch_size": 128,
    "model.options": {"width": 8, "stages": 3, "units": 16},
}
MB = 1e6


def repeated(manifest: Manifest, rows: int, folder: Path) -> Manifest:
    """The rows of a manifest again and again, each time below another folder's name.

    The names are links to the one folder of images; every row has texts of its own, as
    it would have if it were another image.
    """
    tables = []
    for number in range(-(-rows // len(manifest))):
        name = f"copy{number:05}"
        (folder / name).symlink_to(manifest.root)
        table = manifest.table.copy()
        table["id"] = name + "/" + table["id"]
        table["path"] = name + "/" + table["path"]
        table["sha256"] = table["sha256"].str[:-5] + f"{number:05}"
        tables.append(table)
    table = pd.concat(tables, ignore_index=True).iloc[:rows]
    return Manifest(table, manifest.meta | {"root": str(folder)})


def child(rows: int) -> None:
    """Trains, and prints what it took as JSON."""
    with tempfile.TemporaryDirectory() as folder:
        images = Path(folder) / "images"
        images.mkdir()
        manifest = repeated(build_manifest("portraits"), rows, images)
        plan = make_plan(
            "portraits/baseline",
            runs=Path(folder) / "runs",
            overrides=OVERRIDES,
            manifest=manifest,
        )
        table = int(manifest.table.memory_usage(deep=True).sum())
        # the training counts its peak from its own start
        before = peak_memory()

        from kpoc.training.train import train_plan

        train_plan(plan)
        print(json.dumps({"table": table, "peak": max(before, peak_memory())}))


def main() -> None:
    """Prints one row a size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", nargs="+", type=int, default=[20_000, 200_000])
    parser.add_argument("--child", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.child)
        return
    print("| rows | table, MB | peak, MB | peak less the table, MB | to the first |")
    print("|---|---|---|---|---|")
    first = None
    for rows in options.rows:
        done = subprocess.run(
            [sys.executable, "-W", "ignore", __file__, "--child", str(rows)],
            env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        found = json.loads(done.stdout.splitlines()[-1])
        rest = found["peak"] - found["table"]
        first = first or rest
        print(
            f"| {rows:,} | {found['table'] / MB:.0f} | {found['peak'] / MB:.0f} "
            f"| {rest / MB:.0f} | {rest / first:.3f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
