"""`kpoc predict`."""

from __future__ import annotations

import argparse
import sys

from kpoc.commands._arguments import add_links, add_plugins, use_plugins


def add(verbs: argparse._SubParsersAction) -> None:
    """Adds the verb."""
    parser = verbs.add_parser("predict", help="predict images with a finished run")
    parser.add_argument(
        "run",
        help="a run directory; RUN@image_size=288,views=flip says how it is asked",
    )
    parser.add_argument("words", nargs="+", metavar="IMAGE_OR_FOLDER")
    parser.add_argument(
        "--format", choices=("table", "json", "csv"), default="table", dest="form"
    )
    parser.add_argument(
        "--calibrate",
        action="store_true",
        help="probabilities after temperature scaling, fitted on the run's validation",
    )
    add_links(parser)
    add_plugins(parser)
    parser.set_defaults(call=call)


def call(arguments: argparse.Namespace) -> None:
    """Predicts, then reports what was passed over and what cannot be read."""
    from kpoc.ground.text import visible, visible_lines
    from kpoc.inference.predict import as_text, predict
    from kpoc.recipe.inference import Inference, split_settings
    from kpoc.training.backend import start_quietly

    run, settings = split_settings(arguments.run)
    inference = Inference.parse(settings) if settings else None
    start_quietly()
    use_plugins(arguments)
    predictions, unreadable = predict(
        run,
        arguments.words,
        inference=inference,
        calibrate=arguments.calibrate,
        links=arguments.links,
        say=lambda line: print(line, file=sys.stderr),
    )
    text = as_text(predictions, run, arguments.form)
    # a file or a program gets CSV with the names as they are
    print(visible_lines(text) if sys.stdout.isatty() else text)
    for path, reason in unreadable:
        print(f"- {visible(str(path))}: {visible(reason)}", file=sys.stderr)
    if unreadable:
        raise ValueError(f"{len(unreadable)} image(s) cannot be read, see above")
