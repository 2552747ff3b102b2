"""Flags and environment variables that say on what to train."""

import pytest

from kpoc.training.distribution.wanted import Wanted, read_wanted

SET = {
    "KERAS_DISTRIBUTION_JOB_ADDRESSES": "10.0.0.1:9876,10.0.0.2:9876",
    "KERAS_DISTRIBUTION_NUM_PROCESSES": "2",
    "KERAS_DISTRIBUTION_PROCESS_ID": "1",
}


def test_nothing_is_one_process_on_one_device():
    assert read_wanted(environment={}) is None


def test_flags_and_variables():
    assert read_wanted(devices=4, environment={}) == Wanted(devices=4)
    both = read_wanted(processes=2, environment={})
    assert both == Wanted(processes=2) and both.starts_others
    one = Wanted(None, 2, "10.0.0.1:9876", 1)
    assert read_wanted(environment=SET) == one and not one.starts_others
    assert read_wanted(None, 2, "10.0.0.1:9876", 1, environment={}) == one
    # a flag goes before a variable
    assert read_wanted(None, 3, "a:1", 2, environment=SET) == Wanted(None, 3, "a:1", 2)


@pytest.mark.parametrize(
    ("given", "variables", "problems"),
    [
        ({"devices": 0}, {}, ["--devices"]),
        ({"processes": 0, "devices": -1}, {}, ["--processes", "--devices"]),
        ({"processes": 2, "coordinator": "a:1"}, {}, ["--process-index"]),
        ({"processes": 2, "index": 1}, {}, ["--coordinator"]),
        ({"processes": 2, "coordinator": "a:1", "index": 2}, {}, ["from 0 to"]),
        ({"coordinator": "a:1", "index": 0}, {}, ["processes=None"]),
        ({"processes": 2, "coordinator": "a", "index": 1}, {}, ["HOST:PORT"]),
        ({"processes": 2, "coordinator": "a:99999", "index": 1}, {}, ["HOST:PORT"]),
        ({}, {**SET, "KERAS_DISTRIBUTION_PROCESS_ID": "b"}, ["PROCESS_ID", "'b'"]),
    ],
)
def test_what_is_wrong_is_named(given, variables, problems):
    with pytest.raises(ValueError) as error:
        read_wanted(**given, environment=variables)
    for problem in problems:
        assert problem in str(error.value)
