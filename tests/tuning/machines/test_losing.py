"""Workers and chiefs that are lost while a search runs."""

import dataclasses
import time
from concurrent import futures

import grpc
import pytest

from kpoc.ground.schema import SchemaError
from tuning.display import Display
from tuning.ending import ended
from tuning.failure import Lost
from tuning.folder import Record
from tuning.machines.chief import Chief, start_server
from tuning.machines.far_oracle import ChiefGone, FarOracle
from tuning.machines.leases import Leases
from tuning.machines.place import Place
from tuning.machines.work import work
from tuning.oracle import METHODS, SCORE
from tuning.oracle import numbers as numbers_of


@pytest.fixture
def silent(served, plain, in_folder):
    """A chief whose first trial was given to a worker that then fell silent."""
    searched = served(in_folder(plain), lease=1.5)
    place = searched.place("worker-1")
    lost = FarOracle(place, plain.definition, patience=20.0)
    lost.join()
    trial = lost.create_trial(lost.worker)
    assert lost.update_trial(trial.trial_id, {SCORE: 0.1}, step=1).status == "RUNNING"
    lost.hush()
    return searched, lost, trial


def test_the_trial_of_a_silent_worker_goes_to_another(silent, run, plain, capsys):
    searched, lost, trial = silent
    searched.worker("worker-2")
    records = searched.wait()
    assert len(records) == 8 and records[0].numbers[0] != 0.1
    [begun] = (
        (searched.prepared.folder.trial(0) / "log.txt").read_text().split("\n")[:1]
    )
    assert "trial-0000" in begun
    assert f"{lost.worker} is gone; another takes trial 1" in capsys.readouterr().out


def test_no_word_is_taken_from_who_has_lost_its_trial(silent):
    searched, lost, trial = silent
    searched.worker("worker-2", EPOCH_SECONDS="0.1")
    folder = searched.prepared.folder
    searched.until(lambda: (folder.trial(0) / "log.txt").is_file())
    with pytest.raises(Lost):
        lost.update_trial(trial.trial_id, {SCORE: 99.0}, step=2)
    with pytest.raises(Lost):
        lost.end_trial(trial)
    # it may go on with something else
    other = lost.create_trial(lost.worker)
    assert other.status == "RUNNING" and other.trial_id != trial.trial_id
    lost.hush()
    records = searched.wait()
    assert len(records) == 8 and 99.0 not in records[0].numbers


def chief_at(searched, lease):
    """A chief without the loop around it: what `serve` makes."""
    prepared, settings = searched.prepared, searched.prepared.settings
    oracle = METHODS.get(prepared.method)(settings, prepared.folder.oracle)
    if oracle.file.is_file():
        oracle.reload()
    leases = Leases(lease)
    for worker in oracle.ongoing_trials:
        leases.renew(worker)
    display = Display(prepared.objective, settings.trials)
    chief = Chief(prepared, oracle, display, leases)
    return chief, start_server(chief, searched.place("chief"))[0]


def test_who_has_lost_its_trial_ends_the_training_before_the_epoch_is_over(
    plain, in_folder, served, capsys
):
    searched = served(in_folder(plain), lease=None)
    chief, server = chief_at(searched, 1.2)
    # an epoch outlasts the lease, which is renewed nevertheless
    searched.worker("worker-1", patience=0.5, EPOCH_SECONDS="2.5")
    log = searched.prepared.folder.trial(0) / "log.txt"
    searched.until(log.is_file)
    time.sleep(1.5)
    assert [one[:8] for one in chief.leases.living()] == ["worker-1"]
    with FarOracle(searched.place("worker-2"), plain.definition) as other:
        other.join()
        chief.leases.end("worker-1@")
        assert other.create_trial(other.worker).trial_id == "0"
        searched.until(lambda: "trial 1: it goes on" in capsys.readouterr().out)
    assert not chief.oracle.trials["0"].metrics.metrics, "its epoch came to no end"
    server.stop(0).wait()
    searched.join()
    [gone] = searched.failures
    assert isinstance(gone, ChiefGone)


def test_a_trial_outlives_its_chief(plain, in_folder, served):
    searched = served(in_folder(plain), lease=None)
    _, server = chief_at(searched, 30.0)
    numbers = [0.1, 0.2, 0.3, 0.4]
    with FarOracle(searched.place("worker-1"), plain.definition) as far:
        far.join()
        trial = far.create_trial(far.worker)
        for epoch, number in enumerate(numbers, start=1):
            if epoch == 3:
                server.stop(0).wait()
                chief, server = chief_at(searched, 30.0)
            far.update_trial(trial.trial_id, {SCORE: number}, step=epoch)
        levels = trial.hyperparameters.values
        record = Record(0, levels, "completed", score=0.4, numbers=numbers)
        far.keep(record)
        far.end_trial(ended(trial, record))
        assert searched.prepared.folder.record(0) == record
        known = chief.oracle.trials[trial.trial_id]
        assert known.status == "COMPLETED" and known.score == 0.4
        assert numbers_of(known) == numbers
        # the answer may have been lost: what was said once may be said again
        with pytest.raises(Lost):
            far.end_trial(trial)
        assert far.create_trial(far.worker).trial_id != trial.trial_id
    server.stop(0).wait()


def test_whoever_searches_for_something_else_is_refused(plain, in_folder, served):
    searched = served(in_folder(plain))
    recipe = {**plain.definition["recipe"], "epochs": 9}
    definition = {**plain.definition, "recipe": recipe, "data": "0123"}
    other = in_folder(dataclasses.replace(plain, definition=definition), "other")
    with pytest.raises(SchemaError) as refused:
        work(other, searched.place("worker-1"))
    text = str(refused.value)
    assert f"127.0.0.1:{searched.port}" in text and len(refused.value.problems) == 2
    assert "`recipe.epochs` is 9 here and 4 at the chief" in text
    assert "`data` is 0123 here and" in text
    assert not other.folder.path.exists()
    searched.worker("worker-2")
    assert len(searched.wait()) == 8


def test_who_is_cut_off_by_a_chief_that_stops_asks_again(
    plain, in_folder, served, monkeypatch
):
    searched = served(in_folder(plain), lease=None)
    join, cut = Chief.Join, []

    def stopping(chief, request, context):
        # what gRPC does to the calls under way as a server stops
        if not cut:
            cut.append(context.cancel())
        return join(chief, request, context)

    monkeypatch.setattr(Chief, "Join", stopping)
    _, server = chief_at(searched, 30.0)
    with FarOracle(searched.place("worker-1"), plain.definition) as far:
        far.join()
    assert len(cut) == 1
    server.stop(0).wait()


def test_what_is_no_chief_of_kpoc_is_named(plain, in_folder, unused_port):
    server = grpc.server(futures.ThreadPoolExecutor(1))
    server.add_insecure_port(f"127.0.0.1:{unused_port}")
    server.start()
    place = Place("worker-1", "127.0.0.1", unused_port)
    with pytest.raises(ChiefGone, match=f"{unused_port} is no chief of this kpoc"):
        work(in_folder(plain), place)
    server.stop(0).wait()


def test_a_chief_that_is_not_there_is_named(plain, in_folder, unused_port):
    place = Place("worker-1", "127.0.0.1", unused_port)
    with pytest.raises(ChiefGone) as gone:
        work(in_folder(plain), place, patience=0.5)
    assert place.address in str(gone.value)
    assert "not reached for 0.5 s" in str(gone.value)
