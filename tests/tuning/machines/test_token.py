"""Who does not know the token of a search has no part in it."""

import dataclasses
import os

import grpc
import pytest
from keras_tuner.src import protos

from tuning.display import Display
from tuning.folder import Folder, Record
from tuning.machines import service
from tuning.machines.chief import Chief, start_server
from tuning.machines.far_oracle import FarOracle, TokenRefused
from tuning.machines.leases import Leases
from tuning.machines.place import Place, find_place
from tuning.machines.token import TOKEN, known_token, make_token
from tuning.machines.work import work
from tuning.oracle import METHODS


@pytest.fixture
def by_file(monkeypatch):
    monkeypatch.delenv(TOKEN)


@pytest.fixture
def chief_of(in_folder, unused_port):
    """A chief without the loop around it, which is stopped in the end."""
    servers = []

    def start(prepared):
        prepared = in_folder(prepared)
        oracle = METHODS.get(prepared.method)(prepared.settings, prepared.folder.oracle)
        display = Display(prepared.objective, prepared.settings.trials)
        chief = Chief(prepared, oracle, display, Leases(30.0))
        place = Place("chief", "127.0.0.1", unused_port)
        servers.append(start_server(chief, place)[0])
        return chief, dataclasses.replace(place, name="worker-1")

    yield start
    for server in servers:
        server.stop(0).wait()


def strangers_calls(address):
    """Every call of both services, by name, as anybody may make it."""
    channel = grpc.insecure_channel(address)
    stub = protos.get_service_grpc().OracleStub(channel)
    messages = protos.get_service()
    yield "Join", lambda **how: service.calls(channel)["Join"]({}, **how)
    yield "Renew", lambda **how: service.calls(channel)["Renew"]({}, **how)
    yield "Keep", lambda **how: service.calls(channel)["Keep"]({}, **how)
    for name in [name for name in vars(stub) if name[0].isupper()]:
        request = getattr(messages, f"{name}Request")()
        yield name, lambda n=name, r=request, **how: getattr(stub, n)(r, **how)
    channel.close()


@pytest.mark.parametrize(
    "said", [(), (("token", "guessed-guessed-guessed"),), (("token", ""),)]
)
def test_no_call_is_answered_without_the_token(chief_of, plain, said):
    chief, place = chief_of(plain)
    own = ((service.WORKER, "worker-9"), (service.SEARCH, chief.digest))
    asked = []
    for name, call in strangers_calls(place.address):
        with pytest.raises(grpc.RpcError) as refused:
            call(metadata=(*own, *said), wait_for_ready=True, timeout=30)
        assert refused.value.code() == grpc.StatusCode.UNAUTHENTICATED, name
        asked.append(name)
    assert {"Join", "Keep", "GetSpace", "CreateTrial", "EndTrial"} <= set(asked)


def test_a_record_is_of_the_trial_that_its_worker_has(plain, chief_of, tmp_path):
    _, place = chief_of(plain)
    before = set(tmp_path.rglob("*"))
    with FarOracle(place, plain.definition, patience=20.0) as far:
        far.join()
        trial = far.create_trial(far.worker)
        levels = trial.hyperparameters.values
        for number in ("../../victim", 1, -1, None, "0"):
            far._trial = trial.trial_id
            with pytest.raises(RuntimeError, match="no record of its trial"):
                far.keep(Record(number, levels, "completed", score=0.4))
        far._trial = trial.trial_id
        with pytest.raises(RuntimeError, match="no record of its trial"):
            far.keep(Record(0, levels, "../x"))
        changed = {path.name for path in set(tmp_path.rglob("*")) - before}
        assert changed <= {"search", "oracle.json"}


def test_no_path_of_a_trial_leads_out_of_the_folder(tmp_path):
    with pytest.raises(TypeError):
        Folder(tmp_path).trial("../../victim")


def test_the_file_is_its_owners_alone(by_file, plain, chief_of, in_folder):
    chief, place = chief_of(plain)
    folder = chief.prepared.folder.path
    file = folder / "token"
    assert file.stat().st_mode & 0o777 == 0o600 and len(file.read_text()) > 32
    other = in_folder(plain, "other")
    with pytest.raises(TokenRefused, match=f"{TOKEN}.*Received: none"):
        work(other, place)
    assert not other.folder.path.exists()
    with FarOracle(place, plain.definition, 20.0, folder=folder) as far:
        # as of one that looked before the chief was there
        far._token = None
        far.join()


def test_the_file_is_gone_when_the_search_is_done(by_file, plain, in_folder, served):
    settings = dataclasses.replace(plain.settings, trials=1)
    searched = served(in_folder(dataclasses.replace(plain, settings=settings)))
    searched.until((searched.prepared.folder.path / "token").is_file)
    searched.worker("worker-1")
    assert len(searched.wait()) == 1
    assert not (searched.prepared.folder.path / "token").exists()


def test_a_file_that_others_may_read_is_no_token(by_file, tmp_path):
    first = make_token(tmp_path)
    assert known_token(tmp_path) == first == make_token(tmp_path)
    os.chmod(tmp_path / "token", 0o644)
    assert known_token(tmp_path) is None
    second = make_token(tmp_path)
    assert second != first and known_token(tmp_path) == second
    (tmp_path / "token").rename(tmp_path / "elsewhere")
    (tmp_path / "token").symlink_to(tmp_path / "elsewhere")
    assert known_token(tmp_path) is None


def test_a_variable_that_is_no_token_is_refused_and_not_shown():
    _, problems = find_place("2", {TOKEN: "my secret"})
    assert problems == [
        f"`{TOKEN}` must be 16 or more letters, digits, - and _. Received: 9 characters"
    ]
