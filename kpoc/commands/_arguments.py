"""Arguments that several verbs take."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

DEFAULT_SIDES = ("portraits/baseline", "portraits/lmf_denseweight")


def add_data(parser: argparse.ArgumentParser) -> None:
    """Adds `--data`."""
    parser.add_argument(
        "--data", metavar="DIR", help="where the images lie; $KPOC_DATA"
    )


def add_training(parser: argparse.ArgumentParser) -> None:
    """Adds what every verb that trains takes."""
    add_data(parser)
    parser.add_argument(
        "--weights",
        metavar="PATH",
        help="initial weights: a file, a folder or a run, whose encoder is taken",
    )
    parser.add_argument("--runs", metavar="DIR", default="runs", help="folder of runs")


def overrides(words: Sequence[str], arguments: argparse.Namespace) -> dict:
    """Values by dotted key from `key=value` words and `--weights`."""
    from kpoc.recipe import parse_overrides

    found = parse_overrides(words)
    if arguments.weights:
        found["model.weights"] = arguments.weights
    return found
