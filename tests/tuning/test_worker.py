"""Workers: real processes that end, crash and grow."""

import os
import threading
from pathlib import Path

import pytest
import yaml

from tuning.failure import CRASH, DIVERGED, ERROR, MEMORY, Failure, Lost
from tuning.worker import Worker

JOBS = {"PYTHONPATH": str(Path(__file__).parent)}


def go_on(rows):
    return True


@pytest.fixture
def request_for(tmp_path):
    def make(**recipe):
        content = {
            "name": "one",
            "epochs": 3,
            "batch_size": 8,
            "model": {"dropout": 0.1},
            "optimizer": {"learning_rate": 1e-3},
        }
        (tmp_path / "recipe.yaml").write_text(yaml.safe_dump(content | recipe))
        return {"recipe": str(tmp_path / "recipe.yaml"), "log": str(tmp_path / "log")}

    return make


def test_one_process_runs_many_requests_and_ends_with_the_search(request_for, tmp_path):
    seen = []
    with Worker("jobs:quick", JOBS) as worker:
        first = worker.run(request_for(), lambda rows: seen.append(len(rows)) or True)
        second = worker.run(request_for(), lambda rows: len(rows) < 2)
        # NaN leaves nothing behind that could harm the next
        with pytest.raises(Failure) as failed:
            worker.run(request_for(model={"dropout": 0.5}), go_on)
        third = worker.run(request_for(name="third"), go_on)
    assert failed.value.reason == DIVERGED and "step 3" in failed.value.message
    assert first["process"] == second["process"] == third["process"] != os.getpid()
    assert seen == [1, 2, 3] and second["cost"]["epochs"] == 2
    log = (tmp_path / "log").read_text()
    assert log.count("training one") == 3 and "training third" in log
    with pytest.raises(ProcessLookupError):
        os.kill(first["process"], 0)


@pytest.mark.parametrize(
    ("job", "dropout", "reason", "part"),
    [
        ("jobs:quick", 0.4, CRASH, "SIGSEGV"),
        ("jobs:out_of_memory", 0.0, MEMORY, "RESOURCE_EXHAUSTED"),
        ("jobs:exits", 0.0, CRASH, "status 3"),
        ("jobs:nothing", 0.0, CRASH, "status 1"),
    ],
)
def test_why_a_trial_failed(request_for, job, dropout, reason, part):
    with Worker(job, JOBS) as worker, pytest.raises(Failure) as failed:
        worker.run(request_for(model={"dropout": dropout}), go_on)
    assert failed.value.reason == reason and part in failed.value.message


def test_a_killed_process_is_out_of_memory_and_another_takes_over(request_for):
    with Worker("jobs:quick", {**JOBS, "LARGEST_BATCH": "16"}) as worker:
        for _ in range(2):
            with pytest.raises(Failure) as failed:
                worker.run(request_for(batch_size=17), go_on)
            assert failed.value.reason == MEMORY
        assert worker.run(request_for(), go_on)["cost"]["epochs"] == 3
        assert worker.started == 3


def test_an_exception_is_told_whole_in_the_log(request_for, tmp_path):
    with Worker("jobs:quick", JOBS) as worker, pytest.raises(Failure) as failed:
        worker.run(request_for(model={}), go_on)
    assert failed.value.reason == ERROR and "KeyError" in failed.value.message
    assert "Traceback" in (tmp_path / "log").read_text()


def test_a_process_that_grows_is_replaced(request_for):
    with Worker("jobs:growing", JOBS) as worker:
        processes = [worker.run(request_for(), go_on)["process"] for _ in range(4)]
    assert processes[0] == processes[1] != processes[2]
    assert worker.started == 2


def test_from_another_thread_a_request_is_abandoned_and_the_next_one_runs(request_for):
    with Worker("jobs:quick", {**JOBS, "EPOCH_SECONDS": "0.2"}) as worker:
        with pytest.raises(Lost):
            worker.run(
                request_for(epochs=100),
                lambda rows: threading.Thread(target=worker.abandon).start() or True,
            )
        assert worker.run(request_for(epochs=1), go_on)["cost"]["epochs"] == 1
    assert worker.started == 2
