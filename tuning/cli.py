"""The command: parse, search, retrain, compare, write the page."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from kpoc.cli import Parser, run
from kpoc.commands._arguments import (
    add_training,
    overrides,
    recipe_and_changes,
    use_plugins,
)
from kpoc.ground.child_python import child_command

DEFAULT_RECIPE = "portraits/baseline"


def _count(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"must be 0 or more. Received: {text}")
    return number


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="tuning",
        usage="python -m tuning [RECIPE] [KEY=VALUE ...] [options]",
        description="Searches for better settings of a recipe on its train and "
        "validation rows, then trains the two best with fresh seeds and compares them "
        "with the recipe on the test rows. Killed at any moment, the same command "
        "goes on.",
    )
    parser.add_argument(
        "words",
        nargs="*",
        metavar="RECIPE KEY=VALUE",
        help=f"recipe (default: {DEFAULT_RECIPE}) and values of its keys",
    )
    add_training(parser)
    parser.add_argument("--trials", type=int, default=20, help="trials at most (20)")
    parser.add_argument(
        "--method",
        default="bayesian",
        help="bayesian (default), random or hyperband",
    )
    parser.add_argument(
        "--initial",
        type=int,
        default=5,
        help="trials of the Bayesian search that are drawn at random (5)",
    )
    parser.add_argument(
        "--space", metavar="NAME", help="name or path of a search space"
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of what is drawn (0)")
    parser.add_argument(
        "--seeds",
        type=_count,
        default=3,
        help="fresh seeds for each side of the comparison (3); 0 for no comparison",
    )
    parser.add_argument(
        "--workers",
        metavar="N",
        help="run trials in so many processes on this host; see docs/tuning.md for "
        "several hosts",
    )
    parser.add_argument(
        "--out", metavar="DIR", default="searches", help="folder of searches"
    )
    parser.add_argument(
        "--no-images", action="store_true", help="a comparison without test images"
    )
    parser.set_defaults(call=call)
    return parser


def call(arguments: argparse.Namespace) -> None:
    """Searches."""
    from kpoc.ground.keras_settings import check_keras
    from tuning.backend import without_backend

    check_keras()
    without_backend()
    use_plugins(arguments)

    from tuning.finish import finish
    from tuning.machines.part import take_part
    from tuning.machines.place import find_place
    from tuning.tune import prepare

    place, wrong = find_place(arguments.workers, os.environ)
    recipe, words = recipe_and_changes(arguments.words, DEFAULT_RECIPE)
    prepared = prepare(
        recipe,
        space=arguments.space,
        overrides=overrides(words, arguments),
        method=arguments.method,
        trials=arguments.trials,
        initial=arguments.initial,
        seed=arguments.seed,
        data=arguments.data,
        out=arguments.out,
        wrong=wrong,
    )
    # a worker has the same command
    command = child_command("tuning", *sys.argv[1:])
    if take_part(prepared, place, command, data=arguments.data) is None:
        return
    finished = finish(
        prepared,
        seeds=arguments.seeds,
        data=arguments.data,
        runs=arguments.runs,
        images=not arguments.no_images,
    )
    print(f"\n{finished}")


def main(words: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    return run(_parser, words, "tuning", kept="the same command goes on")
