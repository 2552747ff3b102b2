"""`kpoc ask`: what a comparison has done in another process; no verb for people."""

from __future__ import annotations

import argparse

from kpoc.commands._arguments import add_data


def add(verbs: argparse._SubParsersAction) -> None:
    """Adds the verb, which no help lists."""
    parser = verbs.add_parser("ask")
    parser.add_argument("words", nargs="*", metavar="RUN")
    parser.add_argument("--inference", metavar="SETTINGS")
    parser.add_argument("--check", nargs="*", metavar="RECIPE", default=())
    add_data(parser)
    parser.set_defaults(call=call)


def call(arguments: argparse.Namespace) -> None:
    """Predicts the rows of runs as asked, or checks recipes."""
    from kpoc.ground.keras_settings import check_keras

    check_keras()
    from kpoc.training.backend import start_quietly

    start_quietly()
    if arguments.check:
        from kpoc.recipe import load_recipe
        from kpoc.training.recipe_checks import require_trainable

        require_trainable(*map(load_recipe, arguments.check))
    if arguments.words:
        from kpoc.inference.kept import keep_predictions
        from kpoc.recipe.inference import Inference
        from kpoc.runs.run import Run

        for word in arguments.words:
            asked = Inference.parse(arguments.inference)
            keep_predictions(Run(word), asked, arguments.data)
