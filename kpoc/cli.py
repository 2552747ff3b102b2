"""The `kpoc` command: parse, call, report errors; the verbs are in `commands/`."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import traceback
from collections.abc import Callable, Sequence
from typing import NoReturn

from kpoc import commands
from kpoc.ground.cache import VARIABLE, cache_folder, where_caches_are
from kpoc.ground.errors import is_for_users
from kpoc.ground.home import ensure_home
from kpoc.ground.streams import accept_all_text
from kpoc.ground.text import one_screen, visible, visible_lines
from kpoc.version import __version__

_FAILED, _INTERRUPTED = 1, 130
_FAULT = 300
_X86 = ("x86_64", "AMD64")


class Parser(argparse.ArgumentParser):
    """A parser with `--traceback`, which its verbs take too."""

    def __init__(self, **options: object):
        super().__init__(**options)
        self.add_argument(
            "--traceback",
            action="store_true",
            # a verb that is not given it leaves what stands before the verb
            default=argparse.SUPPRESS,
            help="show an error whole, and where it came from",
        )

    def error(self, message: str) -> NoReturn:
        super().error(one_screen(visible(message)))


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="kpoc",
        description="Does the new method beat the baseline on my images, by how much, "
        "at what cost, and for whom?",
    )
    parser.add_argument("--version", action="version", version=f"kpoc {__version__}")
    commands.add_verbs(commands, parser.add_subparsers(required=True, metavar="VERB"))
    return parser


def main(words: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    return run(_parser, words)


def set_up_tensorflow() -> None:
    """What TensorFlow reads when it is imported, unless the user has set it."""
    # its start-up notes on devices would drown the command's own lines
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # without AVX-512 it leaves oneDNN off, although that is faster (results/onednn.md)
    if platform.machine() in _X86:
        os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")


def set_up_home() -> None:
    """A home folder for this process, where the user has none."""
    if ensure_home() and not os.environ.get(VARIABLE):
        print(f"kpoc: {where_caches_are(cache_folder())}", file=sys.stderr)


def run(
    make_parser: Callable[[], argparse.ArgumentParser],
    words: Sequence[str] | None = None,
    name: str = "kpoc",
    kept: str = "finished runs are kept",
) -> int:
    """Parses, calls and reports errors.

    Every error ends in a few lines on standard error. What the user can mend is said
    in the words of the error (`kpoc.ground.errors`); anything else is called a fault.

    Args:
        make_parser: Gives a `Parser` whose `call` takes the parsed arguments.
        words: The command line without the program; by default this process's.
        name: What begins a message.
        kept: What is said of an interruption.

    Returns:
        The exit status: 1 after an error, 130 after an interruption.
    """
    accept_all_text()
    set_up_tensorflow()
    arguments = argparse.Namespace()
    try:
        set_up_home()
        arguments = _parse(make_parser(), words)
        arguments.call(arguments)
        sys.stdout.flush()
    except KeyboardInterrupt:
        _report(f"\n{name}: interrupted; {kept}")
        return _INTERRUPTED
    except BrokenPipeError:
        # who reads (head, less) has seen enough; Python must not flush into it again
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if "traceback" in arguments:
            _report("".join(traceback.format_exception(error)).rstrip("\n"))
        else:
            _report(one_screen(f"{name}: {_said(error)}"))
        return _FAILED
    return 0


def _report(text: str) -> None:
    print(visible_lines(text), file=sys.stderr)


def _said(error: Exception) -> str:
    if is_for_users(error):
        return str(error) or type(error).__name__
    said = " ".join(f"{type(error).__name__}: {error}".split()).removesuffix(":")
    said = said if len(said) <= _FAULT else said[: _FAULT - 4] + " ..."
    if isinstance(error, MemoryError):
        return f"memory ran out ({said}); --traceback shows where"
    return (
        f"not foreseen, so a fault of the program or its environment: {said}; "
        "--traceback shows where"
    )


def _parse(
    parser: argparse.ArgumentParser, words: Sequence[str] | None
) -> argparse.Namespace:
    # argparse gives words that follow an option back as unknown
    arguments, rest = parser.parse_known_args(words)
    if unknown := [word for word in rest if word.startswith("-")]:
        parser.error(f"unknown option(s): {' '.join(unknown)}")
    if rest and "words" not in arguments:
        parser.error(f"word(s) that say nothing here: {' '.join(rest)}")
    if rest:
        arguments.words = [*arguments.words, *rest]
    return arguments
