"""A search that is killed at any moment goes on as if it never was."""

import json
import time

import pytest

from tuning.folder import Folder

TRIALS = 9


@pytest.mark.parametrize(
    "method", ["bayesian", pytest.param("hyperband", marks=pytest.mark.slow)]
)
def test_killed_again_and_again_it_makes_the_same_trials(
    prepared_in, run, tmp_path, space, method, processes
):
    expected = run(prepared_in(tmp_path, space, method=method, trials=TRIALS))
    folder = Folder(tmp_path / f"searches/portraits.baseline-{method}")
    delays = {2: 0.0, 5: 0.05}
    for number, seconds in delays.items():
        process = processes.start(tmp_path, method, TRIALS)
        process.until(lambda number=number: folder.trial(number).is_dir())
        time.sleep(seconds)
        workers = processes.of(process.popen.pid)
        process.kill()
        assert all(processes.ended(one) for one in workers), "one outlived its search"
        done = [one.number for one in folder.records()]
        assert done == list(range(len(done))) and number - 1 in done
    processes.start(tmp_path, method, TRIALS).end()
    found = folder.records()
    assert [one.levels for one in found] == [one.levels for one in expected]
    assert [one.numbers for one in found] == [one.numbers for one in expected]
    # what was finished was not trained again
    for one in found:
        log = (folder.trial(one.number) / "log.txt").read_text()
        assert log.count("training") <= 1 + (one.number in (2, 3, 5, 6))


def test_a_kill_between_the_end_of_a_trial_and_the_note_of_it_loses_nothing(
    plain, run, tmp_path
):
    expected = run(plain)
    folder = Folder(tmp_path / "search")
    state = json.loads(folder.oracle.read_text())
    # as KerasTuner leaves it when it is killed while it ends the last trial
    last = state["end_order"].pop()
    state["trials"][last] |= {"status": "RUNNING", "score": None}
    folder.oracle.write_text(json.dumps(state))
    before = (folder.trial(int(last)) / "log.txt").read_text()
    assert run(plain) == expected
    assert (folder.trial(int(last)) / "log.txt").read_text() == before
    again = json.loads(folder.oracle.read_text())
    assert again["end_order"][-1] == last
    assert again["trials"][last]["score"] == expected[-1].score
