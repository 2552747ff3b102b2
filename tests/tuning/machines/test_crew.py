"""Workers that a process starts on its host: small processes in their place."""

import json
import os
import signal
import sys
import time

import pytest

from tuning.folder import Folder
from tuning.machines.crew import Crew, CrewError
from tuning.machines.place import ID, IP, PORT, Place
from tuning.machines.work import lead

TELL = "import json, os; print(json.dumps(dict(os.environ)))"


def crew_of(count, program, folder, name="chief"):
    place = Place(name, "10.0.0.1", 7001, count)
    return Crew(place, 7002, [sys.executable, "-c", program], folder)


def tend_until(crew, reached):
    found = []
    for _ in range(500):
        found += crew.tend()
        if reached(found):
            return found
        time.sleep(0.02)
    raise AssertionError(found)


def test_each_has_a_name_and_the_address(tmp_path, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,7")
    monkeypatch.setenv("TF_FORCE_GPU_ALLOW_GROWTH", "false")
    with crew_of(3, TELL, tmp_path) as crew:
        tend_until(crew, lambda found: not crew.is_working)
    for number, device in enumerate("474", start=1):
        log = tmp_path / f"workers/chief-{number}.log"
        told = json.loads(log.read_text())
        assert told[ID] == f"chief/{number}" and told[IP] == "10.0.0.1"
        assert told[PORT] == "7002" and told["CUDA_VISIBLE_DEVICES"] == device
        # several share a GPU's memory, unless the user says otherwise
        assert told["XLA_PYTHON_CLIENT_PREALLOCATE"] == "false"
        assert told["TF_FORCE_GPU_ALLOW_GROWTH"] == "false"


def test_one_that_is_killed_is_started_again(tmp_path):
    with crew_of(2, "import os; os.read(0, 1)", tmp_path) as crew:
        first = crew.pids()
        os.kill(first["chief/2"], signal.SIGKILL)
        assert tend_until(crew, bool) == ["chief/2"]
        second = crew.pids()
        assert second["chief/1"] == first["chief/1"]
        assert second["chief/2"] != first["chief/2"]
        crew.close()
        assert not crew.is_working


def test_one_that_cannot_work_says_why(tmp_path):
    program = "raise SystemExit('there is no folder of images')"
    with pytest.raises(CrewError, match="chief/1 ended with status 1: there is no"):
        with crew_of(1, program, tmp_path) as crew:
            tend_until(crew, lambda found: False)


def test_deaths_in_a_row_end_it_and_progress_does_not_count_them(tmp_path):
    program = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    seen = []
    with pytest.raises(CrewError, match="signal 9"):
        with crew_of(1, program, tmp_path) as crew:
            for _ in range(5000):
                seen += crew.tend(progress=min(len(seen), 5))
                time.sleep(0.01)
    assert len(seen) == 5 + 3


def test_a_host_of_workers_ends_with_them(tmp_path, capsys):
    place = Place("worker-1", "10.0.0.1", 7001, 2)
    lead(place, [sys.executable, "-c", TELL], tmp_path)
    told = json.loads((tmp_path / "workers/worker-1-2.log").read_text())
    assert told[ID] == "worker-1/2" and told[PORT] == "7001"
    assert "10.0.0.1:7001" in capsys.readouterr().out
    assert Folder(tmp_path).problems({}) == [], "a search may begin there"
