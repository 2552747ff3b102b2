"""Errors for users and faults are told apart, and both end in few plain lines."""

import numpy as np
import pytest

import kpoc.ground.errors
from kpoc import losses
from kpoc.cli import Parser, run
from kpoc.evaluation import side_from_tables
from kpoc.ground.errors import UserError, blamed_on, is_for_users
from kpoc.recipe import load_recipe


def _shape_mismatch():
    return np.zeros(3) + np.zeros(4)


def _raised(call):
    try:
        call()
    except Exception as error:
        return error


FOR_USERS = [
    lambda: load_recipe("nosuch"),
    lambda: side_from_tables("a", []),
    lambda: open("/nosuch/file"),
]
FAULTS = [
    _shape_mismatch,
    lambda: {}["data"],
    lambda: int("three"),
    # a library's, for whoever calls it: here that is kpoc
    lambda: losses.get("nosuch"),
    lambda: losses.DenseWeight(alpha=-1.0).fit(np.arange(9.0)),
]


@pytest.mark.parametrize("call", FOR_USERS)
def test_errors_for_users(call):
    assert is_for_users(_raised(call))


@pytest.mark.parametrize("call", FAULTS)
def test_faults(call):
    assert not is_for_users(_raised(call))


def test_what_a_constructor_refuses_of_a_recipe_is_for_users():
    def make():
        with blamed_on("`loss`", {"alpha": -1.0}):
            losses.DenseWeight(alpha=-1.0)

    error = _raised(make)
    assert isinstance(error, UserError) and isinstance(error, ValueError)
    assert str(error).startswith("`loss`: ") and "-1.0" in str(error)


def _command(call, *words):
    def make_parser():
        parser = Parser(prog="kpoc")
        verb = parser.add_subparsers(required=True).add_parser("do")
        verb.add_argument("words", nargs="*")
        verb.set_defaults(call=lambda arguments: call())
        return parser

    return run(make_parser, words)


@pytest.mark.parametrize("call", [*FOR_USERS, *FAULTS])
def test_an_error_is_one_line(call, capsys):
    assert _command(call, "do") == 1
    said = capsys.readouterr().err
    assert said.startswith("kpoc: ") and said.count("\n") == 1
    assert ("--traceback" in said) == (call in FAULTS)


def _no_memory():
    raise MemoryError


def test_no_memory_is_one_line(capsys):
    assert _command(_no_memory, "do") == 1
    assert capsys.readouterr().err.startswith("kpoc: memory ran out")


@pytest.mark.parametrize("words", [["--traceback", "do"], ["do", "a", "--traceback"]])
def test_the_traceback_is_shown_before_and_behind_the_verb(words, capsys):
    assert _command(_shape_mismatch, *words) == 1
    said = capsys.readouterr().err
    assert "Traceback" in said and "_shape_mismatch" in said


def test_at_most_a_screen_is_shown_without_control_characters(capsys):
    def line():
        raise UserError("`cell` must be short. Received: " + "x\x1b" * 200_000 + " END")

    def lines():
        raise UserError("\n".join(f"- \u202eproblem {i}" for i in range(10_000)))

    for call, end in ((line, "END"), (lines, "problem 9999")):
        _command(call, "do")
        said = capsys.readouterr().err
        assert len(said) < 5_000 and said.count("\n") < 50 and end in said
        assert not {"\x1b", "\u202e"} & set(said)
    _command(line, "do", "--traceback")
    said = capsys.readouterr().err
    assert len(said) > 400_000 and "\x1b" not in said


def test_every_error_class_of_kpoc_is_for_users():
    from kpoc.comparing import compare as comparing
    from kpoc.ground import environments
    from kpoc.pictures import format
    from kpoc.protocols import manifest, step
    from kpoc.runs import run
    from kpoc.sources import source

    named = [comparing.TrainingsFailed, environments.EnvironmentMissing]
    named += [format.ImageFault, manifest.ManifestError, source.SourceError]
    named += [step.ProtocolError, run.RunError, kpoc.ground.errors.ParameterError]
    assert all(issubclass(one, UserError) for one in named)
