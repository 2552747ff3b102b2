"""The `kpoc` command: parse, call, report errors; the verbs are in `commands/`."""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Sequence

from kpoc import commands
from kpoc.data.cache import VARIABLE, cache_folder, where_caches_are
from kpoc.home import ensure_home
from kpoc.streams import accept_all_text
from kpoc.version import __version__

_EXPECTED = (ValueError, OSError, RuntimeError)
_INTERRUPTED = 130
_X86 = ("x86_64", "AMD64")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="kpoc",
        description="Does the new method beat the baseline on my images, by how much, "
        "at what cost, and for whom?",
    )
    parser.add_argument("--version", action="version", version=f"kpoc {__version__}")
    parser.add_argument(
        "--traceback", action="store_true", help="show where an error came from"
    )
    commands.add_verbs(commands, parser.add_subparsers(required=True, metavar="VERB"))
    return parser


def main(words: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    return run(_parser(), words)


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
    parser: argparse.ArgumentParser,
    words: Sequence[str] | None = None,
    kept: str = "finished runs are kept",
) -> int:
    """Parses, calls and reports errors.

    Args:
        parser: Its `call` takes the parsed arguments.
        words: The command line without the program; by default this process's.
        kept: What is said of an interruption.

    Returns:
        The exit status.
    """
    accept_all_text()
    set_up_tensorflow()
    set_up_home()
    name = parser.prog.split()[-1]
    # argparse gives words that follow an option back as unknown
    arguments, rest = parser.parse_known_args(words)
    if unknown := [word for word in rest if word.startswith("-")]:
        parser.error(f"unknown option(s): {' '.join(unknown)}")
    if rest and "words" not in arguments:
        parser.error(f"word(s) that say nothing here: {' '.join(rest)}")
    if rest:
        arguments.words = [*arguments.words, *rest]
    try:
        arguments.call(arguments)
    except KeyboardInterrupt:
        print(f"\n{name}: interrupted; {kept}", file=sys.stderr)
        return _INTERRUPTED
    except BrokenPipeError:
        # who reads (head, less) has seen enough; Python must not flush into it again
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except _EXPECTED as error:
        if arguments.traceback:
            raise
        print(f"{name}: {error}", file=sys.stderr)
        return 1
    return 0
