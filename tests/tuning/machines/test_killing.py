"""Real processes of a search that are killed."""

import os
import signal

import pytest

from tuning.folder import Folder
from tuning.machines.place import ID, IP, PORT

TRIALS = 6


def log_of(folder, number):
    return folder.trial(number) / "log.txt"


def begun(folder, number):
    """How often the training of a trial was begun."""
    return log_of(folder, number).read_text().count("training")


@pytest.mark.slow
def test_a_killed_worker_loses_its_running_trial_alone(
    prepared_in, tmp_path, processes
):
    folder = prepared_in(tmp_path, method="random").folder
    chief = processes.start(tmp_path, "random", TRIALS, 2, EPOCH_SECONDS="0.3")
    number, log = chief.popen.pid, log_of(folder, 1)
    worker, training = chief.until(lambda: processes.worker_on(number, log))
    os.kill(worker, signal.SIGKILL)
    assert processes.ended(training), "the training outlived its worker"
    said = chief.end()
    assert "was killed; it is started again" in said and "takes trial 2" in said
    records = folder.records()
    assert [one.number for one in records] == list(range(TRIALS))
    assert all(one.is_complete and one.epochs == 4 for one in records)
    assert [begun(folder, number) for number in range(TRIALS)] == [1, 2] + [1] * 4


@pytest.mark.slow
def test_a_killed_chief_goes_on_with_the_workers_that_it_finds(
    prepared_in, tmp_path, processes, served
):
    prepared = prepared_in(tmp_path, trials=TRIALS, method="random")
    workers = served(prepared, lease=None)
    address = {IP: "127.0.0.1", PORT: str(workers.port)}
    words = (tmp_path, "random", TRIALS)
    chief = processes.start(*words, **{ID: "chief"}, **address)
    for name in ("worker-1", "worker-2"):
        workers.worker(name, EPOCH_SECONDS="0.5")
    folder = Folder(prepared.folder.path)
    chief.until(lambda: folder.record(1))
    chief.kill()
    before = folder.records()
    assert before and len(before) < TRIALS
    said = processes.start(*words, **{ID: "chief"}, **address).end()
    records = workers.wait()
    assert len(records) == TRIALS and all(one.is_complete for one in records)
    assert all(records[one.number] == one for one in before)
    # what was running when the chief was killed went on
    assert [begun(folder, number) for number in range(TRIALS)] == [1] * TRIALS
    assert f"127.0.0.1:{workers.port}" in said and "gone" not in said
