"""`kpoc ask`: what a comparison has done in another process; no verb for people."""

from __future__ import annotations

import argparse

from kpoc.commands._arguments import add_data


def add(verbs: argparse._SubParsersAction) -> None:
    """Adds the verb, which no help lists."""
    parser = verbs.add_parser("ask")
    parser.add_argument("words", nargs="*", metavar="RUN")
    parser.add_argument("--inference", metavar="SETTINGS")
    add_data(parser)
    parser.set_defaults(call=call)


def call(arguments: argparse.Namespace) -> None:
    """Predicts the rows of runs as asked."""
    from kpoc.ground.keras_settings import check_keras

    check_keras()
    from kpoc.training.backend import start_quietly

    start_quietly()
    from kpoc.inference.kept import keep_predictions
    from kpoc.recipe.inference import Inference
    from kpoc.runs.run import Run

    for word in arguments.words:
        asked = Inference.parse(arguments.inference)
        keep_predictions(Run(word), asked, arguments.data)
