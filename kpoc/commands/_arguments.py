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


def add_links(parser: argparse._ActionsContainer) -> None:
    """Adds `--links`."""
    parser.add_argument(
        "--links",
        choices=("inside", "follow"),
        default="inside",
        help="follow: take images that are links to files outside of the folder too, "
        "as into the cache of DVC, git-annex or the Hugging Face Hub",
    )


def add_training(parser: argparse.ArgumentParser) -> None:
    """Adds what every verb that trains takes."""
    add_data(parser)
    parser.add_argument("--weights", metavar="PATH", help="file of initial weights")
    parser.add_argument("--runs", metavar="DIR", default="runs", help="folder of runs")


def overrides(words: Sequence[str], arguments: argparse.Namespace) -> dict:
    """Values by dotted key from `key=value` words and `--weights`."""
    from kpoc.recipe import parse_overrides

    found = parse_overrides(words)
    if arguments.weights:
        found["model.weights"] = arguments.weights
    return found
