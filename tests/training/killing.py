"""Kills trainings at chosen points, and reads what they leave behind."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import h5py
import numpy as np
import pandas as pd


def start(folder: Path, *words: object, verb: str = "train") -> subprocess.Popen:
    """`kpoc` as a process, in a folder."""
    command = [sys.executable, "-W", "ignore", "-m", "kpoc", verb, *map(str, words)]
    return subprocess.Popen(
        command,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def wait_until(process: subprocess.Popen, reached: Callable[[], object]) -> None:
    """Waits until `reached` says so, while the process lives."""
    while not reached():
        if process.poll() is not None:
            raise AssertionError("it ended before: " + process.communicate()[0])
        # some files are written within a millisecond
        time.sleep(0.0002)


def kill_when(process: subprocess.Popen, reached: Callable[[], object]) -> str:
    """Kills a process once `reached`, which is asked again while it stands still.

    Returns:
        What it had printed.
    """
    while True:
        wait_until(process, reached)
        process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        if reached():
            process.kill()
            return process.communicate()[0]
        process.send_signal(signal.SIGCONT)


def kill_after(process: subprocess.Popen, seconds: float) -> bool:
    """Kills a process after a time; False if it had ended by itself."""
    try:
        process.communicate(timeout=seconds)
        return False
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return True


def position(run: Path) -> tuple[int, int]:
    """Finished epochs and steps after these of the checkpoint; (0, 0) without one."""
    try:
        with zipfile.ZipFile(run / "checkpoint.zip") as file:
            state = json.loads(file.read("state.json"))
    except FileNotFoundError:
        return 0, 0
    return state["epoch"], state["step"]


def parts(run: Path, name: str) -> list[Path]:
    """Files that are being written and will have this name."""
    return list(run.glob(f".*-{name}"))


def weights(file: Path | BinaryIO) -> dict[str, np.ndarray]:
    """All arrays of a weights file."""
    with h5py.File(file) as content:
        names = []
        content.visit(names.append)
        datasets = [name for name in names if isinstance(content[name], h5py.Dataset)]
        assert datasets
        return {name: content[name][()] for name in datasets}


def results(run: Path) -> dict[str, np.ndarray]:
    """All numbers that a finished run holds, apart from times."""
    found = weights(run / "best.weights.h5")
    with zipfile.ZipFile(run / "model.keras") as file:
        saved = weights(io.BytesIO(file.read("model.weights.h5")))
    found |= {f"model.keras {name}": values for name, values in saved.items()}
    tables = {
        name: pd.read_parquet(run / f"predictions_{name}.parquet")
        for name in ("validation", "test")
    }
    # as text: reading digits as numbers may lose their last bit
    history = pd.read_csv(run / "metrics.csv", dtype=str, keep_default_na=False)
    tables["history"] = history.drop(columns="seconds")
    for name, table in tables.items():
        found |= {f"{name}.{column}": table[column].to_numpy() for column in table}
    info = json.loads((run / "run.json").read_text())
    found["best_epoch"] = np.array(info["best_epoch"])
    return found


def assert_same_bits(one: Path, other: Path) -> None:
    """Whether two finished runs hold the same numbers."""
    a, b = results(one), results(other)
    assert a.keys() == b.keys()
    for name, values in a.items():
        np.testing.assert_array_equal(values, b[name], err_msg=name, strict=True)


def events(run: Path) -> dict[tuple[str, str], list[tuple[int, float]]]:
    """(step, value) of each TensorBoard tag, by the writer's folder and tag."""
    from tensorflow import make_ndarray
    from tensorflow.compat.v1.train import summary_iterator

    found = {}
    for file in sorted(run.glob("tensorboard/*/events*")):
        for event in summary_iterator(str(file)):
            for value in event.summary.value:
                key = file.parent.name, value.tag
                number = float(make_ndarray(value.tensor))
                found.setdefault(key, []).append((event.step, number))
    return found
