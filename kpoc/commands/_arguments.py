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


def add_plugins(parser: argparse.ArgumentParser) -> None:
    """Adds `--plugin` and `--trust`; `use_plugins` does what they say."""
    plugins = parser.add_argument_group("code of your own", "see docs/plugins.md")
    plugins.add_argument(
        "--plugin",
        action="append",
        default=[],
        metavar="FILE",
        help="a .py file, or the name of an installed plug-in or module, that "
        "registers losses, backbones, ...; the recipes named here have it too",
    )
    plugins.add_argument(
        "--trust",
        action="append",
        default=[],
        metavar="SHA256|RUN",
        help="run a plug-in that lies in a run directory, by its hash, or all that a "
        "run's recipe names",
    )


def use_plugins(arguments: argparse.Namespace) -> None:
    """Allows and executes what `--trust` and `--plugin` name."""
    if arguments.trust or arguments.plugin:
        from kpoc import plugins

        for word in arguments.trust:
            plugins.trust(word)
        for word in arguments.plugin:
            # child processes may meet it in a run directory too
            plugins.trust(plugins.load(word).sha256)


def add_training(parser: argparse.ArgumentParser) -> None:
    """Adds what every verb that trains takes."""
    add_data(parser)
    add_plugins(parser)
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
    """Values by dotted key from `key=value` words, `--weights` and `--plugin`."""
    from kpoc.recipe import parse_overrides
    from kpoc.recipe.plugins import joined

    found = parse_overrides(words)
    if arguments.weights:
        found["model.weights"] = arguments.weights
    if arguments.plugin:
        found["plugins"] = joined(found.get("plugins"), arguments.plugin)
    return found
