"""Comparisons as real processes: killed, and several at once."""

import contextlib
import signal

import psutil
import pytest

SIDES = ("baseline.yaml", "lmf_denseweight.yaml", "--seeds", 1)


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """The folder of temporary files of the processes that are started."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_killed_comparison_takes_its_training_with_it(
    killing, workshop, tmp_path, temporary, how
):
    runs = tmp_path / "runs"
    words = (*SIDES, "epochs=300", "--runs", runs, "--out", tmp_path / "out")
    process = killing.start(workshop, *words, verb="compare")
    killing.wait_until(process, lambda: list(runs.rglob("run.json")))
    [training] = psutil.Process(process.pid).children()
    process.send_signal(how)
    process.communicate()
    assert process.returncode == -how
    with contextlib.suppress(psutil.NoSuchProcess):
        training.wait(10)
    assert not training.is_running()
    assert not list(temporary.iterdir())


@pytest.mark.slow
def test_the_second_of_two_comparisons_waits_for_the_trainings_of_the_first(
    killing, workshop, tmp_path
):
    runs = tmp_path / "runs"
    words = (*SIDES, "epochs=3", "--runs", runs, "--resamples", 100)
    first = killing.start(workshop, *words, "--out", tmp_path / "1", verb="compare")
    killing.wait_until(first, lambda: list(runs.rglob("run.json")))
    second = killing.start(workshop, *words, "--out", tmp_path / "2", verb="compare")
    said = [process.communicate()[0] for process in (first, second)]
    assert (first.returncode, second.returncode) == (0, 0), said
    assert "waiting for another process, which trains" in said[1]
    for number in "12":
        assert len(list((tmp_path / number).glob("*/index.html"))) == 1
    assert len(list(runs.rglob("run.json"))) == 2
    # nothing is left of who waited for whom
    assert not list(runs.rglob(".*"))
