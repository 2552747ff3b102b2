"""Which part a process has, and all that can be wrong with it."""

import socket

import pytest

from tuning.cli import main
from tuning.machines.place import ID, IP, PORT, Place, find_place


def variables(name, ip="127.0.0.1", port="7001"):
    return {ID: name, IP: ip, PORT: port}


@pytest.mark.parametrize(
    ("workers", "environment", "place"),
    [
        (None, {}, None),
        ("3", {}, Place("chief", "127.0.0.1", 0, 3)),
        (None, variables("chief"), Place("chief", "127.0.0.1", 7001)),
        ("2", variables("chief"), Place("chief", "127.0.0.1", 7001, 2)),
        (None, variables("worker-1"), Place("worker-1", "127.0.0.1", 7001)),
        ("2", variables("tuner0"), Place("tuner0", "127.0.0.1", 7001, 2)),
        # started by the same command, which asks for two
        ("2", variables("chief/1"), Place("chief/1", "127.0.0.1", 7001)),
        # as shells leave what was unset
        (None, variables("", "", ""), None),
    ],
)
def test_a_place_by_the_environment(workers, environment, place):
    assert find_place(workers, environment) == (place, [])


@pytest.mark.parametrize(
    ("workers", "environment", "parts"),
    [
        ("0", {}, ["`workers` must be a whole number of at least 1. Received: '0'"]),
        (-2, {}, ["`workers`"]),
        ("two", {}, ["Received: 'two'"]),
        (None, {ID: "worker-1"}, [f"`{IP}` must be set", f"`{PORT}` must be set"]),
        (None, {PORT: "7001"}, [f"`{ID}` must be set", f"`{IP}` must be set"]),
        ("x", variables("chef", port="70000"), ["workers", "'chef'", "'70000'"]),
        (None, variables("chief", ip="203.0.113.1"), ["must be an address of this"]),
        (None, variables("chief/"), ["'chief/'"]),
    ],
)
def test_all_that_is_wrong_is_said(workers, environment, parts):
    _, problems = find_place(workers, environment)
    assert len(problems) == len(parts)
    for problem, part in zip(problems, parts, strict=True):
        assert part in problem


def test_a_port_in_use_is_found_beside_other_problems(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        address = f"127.0.0.1:{other.getsockname()[1]}"
        for name, value in variables("chief", port=address[10:]).items():
            monkeypatch.setenv(name, value)
        assert main(["--trials", "0"]) == 1
    said = capsys.readouterr().err
    assert address in said and "in use" in said and "`trials`" in said
    monkeypatch.delenv(IP)
    assert main(["--workers", "0"]) == 1
    said = capsys.readouterr().err
    assert f"`{IP}` must be set" in said and "`workers`" in said
    assert not list(tmp_path.iterdir()), "nothing is left behind"
