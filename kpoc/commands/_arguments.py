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
    parser.add_argument(
        "--weights",
        metavar="PATH",
        help="initial weights: a file, a folder or a run, whose encoder is taken",
    )
    parser.add_argument("--runs", metavar="DIR", default="runs", help="folder of runs")


def recipe_and_changes(words: Sequence[str], default: str) -> tuple[str, list[str]]:
    """The one recipe that words name, and those that change its keys.

    Raises:
        ValueError: They name several.
    """
    from kpoc.recipe import is_override

    changes = [word for word in words if is_override(word)]
    names = [word for word in words if word not in changes] or [default]
    if len(names) > 1:
        raise ValueError(f"`RECIPE` must be one recipe. Received: {names}")
    return names[0], changes


def overrides(words: Sequence[str], arguments: argparse.Namespace) -> dict:
    """Values by dotted key from `key=value` words and `--weights`."""
    from kpoc.recipe import parse_overrides

    found = parse_overrides(words)
    if arguments.weights:
        found["model.weights"] = arguments.weights
    return found
