"""The `kpoc` command: parse, call, print; heavy imports wait for the verb."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from kpoc.version import __version__

DEFAULT_SIDES = ("portraits/baseline", "portraits/lmf_denseweight")
_EXPECTED = (ValueError, OSError, RuntimeError)
_INTERRUPTED = 130


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
    verbs = parser.add_subparsers(required=True, metavar="VERB")

    train = verbs.add_parser(
        "train",
        help="train one recipe with one seed",
        usage="kpoc train [RECIPE] [KEY=VALUE ...] [options]",
    )
    train.add_argument(
        "words",
        nargs="*",
        metavar="RECIPE KEY=VALUE",
        help=f"recipe (default: {DEFAULT_SIDES[0]}) and values of its keys, "
        "e.g. epochs=5 model.dropout=0.5",
    )
    _add_training_options(train)
    train.add_argument("--seed", type=int, help="seed of the run (default: 0)")
    train.set_defaults(call=_train)

    compare = verbs.add_parser(
        "compare",
        help="train what is missing, compare on the test rows, write a page",
        usage="kpoc compare [SIDE ...] [KEY=VALUE ...] [options]",
        description="Sides are recipes (each is trained with every seed, unless that "
        "is done), run directories, or tables of predictions. NAME=PATH[,PATH ...] "
        "names a side and gives it several runs or tables, one a seed. The first side "
        f"is the baseline. Default: {' '.join(DEFAULT_SIDES)}",
    )
    compare.add_argument("words", nargs="*", metavar="SIDE KEY=VALUE")
    _add_training_options(compare)
    compare.add_argument("--seeds", type=int, default=3, help="seeds a side (3)")
    compare.add_argument(
        "--resamples", type=int, default=10_000, help="bootstrap resamples (10000)"
    )
    compare.add_argument(
        "--out", metavar="DIR", default="comparisons", help="folder of pages"
    )
    compare.add_argument(
        "--task", metavar="RECIPE", help="whose rows, where all sides are tables"
    )
    compare.set_defaults(call=_compare)

    predict = verbs.add_parser("predict", help="predict images with a finished run")
    predict.add_argument("run", help="a run directory")
    predict.add_argument("words", nargs="+", metavar="IMAGE_OR_FOLDER")
    predict.add_argument(
        "--format", choices=("table", "json", "csv"), default="table", dest="form"
    )
    predict.set_defaults(call=_predict)

    data = verbs.add_parser("data", help="build manifests")
    data_verbs = data.add_subparsers(required=True, metavar="VERB")
    build = data_verbs.add_parser("build", help="build the manifest of a protocol")
    build.add_argument("protocol", nargs="?", default="portraits")
    _add_data(build)
    build.add_argument("--out", metavar="FILE", help="write the table (.parquet)")
    build.set_defaults(call=_data_build)

    recipes = verbs.add_parser("recipes", help="list the recipes that come with kpoc")
    recipes.set_defaults(call=_recipes)
    return parser


def _add_data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data", metavar="DIR", help="where the images lie; $KPOC_DATA"
    )


def _add_training_options(parser: argparse.ArgumentParser) -> None:
    _add_data(parser)
    parser.add_argument("--weights", metavar="PATH", help="file of initial weights")
    parser.add_argument("--runs", metavar="DIR", default="runs", help="folder of runs")


def _overrides(words: Sequence[str], arguments: argparse.Namespace) -> dict:
    from kpoc.recipe import parse_overrides

    overrides = parse_overrides(words)
    if arguments.weights:
        overrides["model.weights"] = arguments.weights
    return overrides


def _train(arguments: argparse.Namespace) -> None:
    names = [word for word in arguments.words if "=" not in word] or [DEFAULT_SIDES[0]]
    if len(names) > 1:
        raise ValueError(f"`kpoc train` takes one recipe. Received: {names}")
    overrides = _overrides([w for w in arguments.words if "=" in w], arguments)
    if arguments.seed is not None:
        overrides["seed"] = arguments.seed

    from kpoc.training.plan import make_plan

    plan = make_plan(
        names[0], data=arguments.data, runs=arguments.runs, overrides=overrides
    )

    from kpoc.training.backend import start_quietly

    start_quietly()

    from kpoc.training.train import train_plan

    print(f"run: {train_plan(plan).path}")


def _compare(arguments: argparse.Namespace) -> None:
    from kpoc.comparing import compare, is_side

    sides = [word for word in arguments.words if is_side(word)]
    comparison = compare(
        sides or DEFAULT_SIDES,
        seeds=arguments.seeds,
        data=arguments.data,
        runs=arguments.runs,
        out=arguments.out,
        task=arguments.task,
        resamples=arguments.resamples,
        overrides=_overrides([w for w in arguments.words if w not in sides], arguments),
    )
    print(f"\n{comparison}\n\npage: {comparison.page}")


def _predict(arguments: argparse.Namespace) -> None:
    from kpoc.predicting import as_text, predict
    from kpoc.training.backend import start_quietly

    start_quietly()
    predictions, unreadable = predict(arguments.run, arguments.words)
    print(as_text(predictions, arguments.run, arguments.form))
    if unreadable:
        listed = "\n".join(f"- {path}: {reason}" for path, reason in unreadable)
        raise ValueError(f"{len(unreadable)} image(s) cannot be read:\n{listed}")


def _data_build(arguments: argparse.Namespace) -> None:
    from kpoc.data.build import build_manifest
    from kpoc.data.describe import describe

    manifest = build_manifest(arguments.protocol, root=arguments.data)
    print(describe(manifest))
    if arguments.out:
        manifest.save(arguments.out)
        print(f"written: {arguments.out}")


def _recipes(arguments: argparse.Namespace) -> None:
    from kpoc.recipe import load_recipe, recipe_names

    for name in recipe_names():
        print(f"{name:28} {load_recipe(name).description}")


def main(words: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    # TensorFlow's start-up notes on devices would drown the command's own lines
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    parser = _parser()
    # argparse gives words that follow an option back as unknown
    arguments, rest = parser.parse_known_args(words)
    if unknown := [word for word in rest if word.startswith("-")]:
        parser.error(f"unknown option(s): {' '.join(unknown)}")
    if rest:
        arguments.words = [*getattr(arguments, "words", []), *rest]
    try:
        arguments.call(arguments)
    except KeyboardInterrupt:
        print("\nkpoc: interrupted; finished runs are kept", file=sys.stderr)
        return _INTERRUPTED
    except BrokenPipeError:
        # who reads (head, less) has seen enough; Python must not flush into it again
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except _EXPECTED as error:
        if arguments.traceback:
            raise
        print(f"kpoc: {error}", file=sys.stderr)
        return 1
    return 0
