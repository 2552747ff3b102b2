"""Real trainings, shared by workers of which one is killed."""

import os
import signal
import subprocess
import sys

import pandas as pd
import pytest

from tuning.folder import Folder

SPACE = """
median_rule: null
keys:
  optimizer.learning_rate: {kind: float, low: 1e-3, high: 1e-2, scale: log}
"""
WORDS = "baseline.yaml --space shared.yaml --method random --trials 3 --seeds 0"


@pytest.mark.slow
def test_a_killed_workers_trial_goes_on_from_its_checkpoint(workshop, processes):
    (workshop / "shared.yaml").write_text(SPACE)
    command = [sys.executable, "-W", "ignore", "-m", "tuning", *WORDS.split()]
    command += ["epochs=12"]
    subprocess.run([*command, "--out", "one"], cwd=workshop, check=True)
    with open(workshop / "shared.log", "w") as log:
        chief = subprocess.Popen(
            [*command, "--out", "two", "--workers", "2"], cwd=workshop, stdout=log
        )
    folder = Folder(workshop / "two/tiny.baseline-random")
    file = folder.trial(1) / "run/metrics.csv"
    while not (file.is_file() and len(pd.read_csv(file)) > 2):
        assert chief.poll() is None
    log = (folder.trial(1) / "log.txt").resolve()
    worker, training = processes.worker_on(chief.pid, log)
    os.kill(worker, signal.SIGKILL)
    assert processes.ended(training)
    assert chief.wait(300) == 0
    assert "another takes trial 2" in (workshop / "shared.log").read_text()
    assert "going on with" in log.read_text()
    whole = Folder(workshop / "one/tiny.baseline-random").records()
    found = folder.records()
    assert [one.levels for one in found] == [one.levels for one in whole]
    assert [one.numbers for one in found] == [one.numbers for one in whole]
    page = (folder.path / "index.html").read_text()
    assert "3 trials (random) along 1 key of the recipe" in page
