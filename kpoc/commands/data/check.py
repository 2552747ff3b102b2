"""`kpoc data check`."""

from __future__ import annotations

import argparse
import sys

from kpoc.commands._arguments import add_data, add_links, add_plugins, use_plugins


def add(verbs: argparse._SubParsersAction) -> None:
    """Adds the verb."""
    parser = verbs.add_parser(
        "check",
        help="read every image, list all that cannot be used",
        description="Reads every image in full, with the decoder of training and "
        "prediction. The exit status is 1 if there are images that cannot be used.",
    )
    parser.add_argument(
        "place",
        nargs="?",
        default="portraits",
        metavar="PROTOCOL|FOLDER",
        help="whose images (default: portraits); ./name is a folder, name a protocol",
    )
    add_data(parser)
    add_plugins(parser)
    add_links(parser)
    parser.add_argument(
        "--format", choices=("text", "json"), default="text", dest="form"
    )
    parser.set_defaults(call=call)


def call(arguments: argparse.Namespace) -> None:
    """Checks and lists."""
    from kpoc.ground.text import CountLine
    from kpoc.protocols.check import as_json, as_text, check_data, no_progress

    use_plugins(arguments)

    def count(what, total):
        return CountLine(what, total).show

    live = sys.stderr.isatty()
    done = check_data(
        arguments.place,
        root=arguments.data,
        progress=count if live else no_progress,
        links=arguments.links,
    )
    print(as_json(done) if arguments.form == "json" else as_text(done))
    if not done.findings:
        raise ValueError(
            f"there must be images to check. Received: none in {done.root}"
        )
    if done.errors:
        raise ValueError(
            f"{len(done.errors)} of {len(done.findings)} images cannot be used"
        )
