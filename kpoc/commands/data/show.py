"""`kpoc data show`."""

from __future__ import annotations

import argparse
import sys

from kpoc.commands._arguments import add_data, add_plugins, use_plugins


def add(verbs: argparse._SubParsersAction) -> None:
    """Adds the verb."""
    parser = verbs.add_parser(
        "show", help="write a page on the data: labels, images, what was left out"
    )
    parser.add_argument("protocol", nargs="?", default="portraits")
    add_data(parser)
    add_plugins(parser)
    parser.add_argument(
        "--augment", metavar="RECIPE", help="show its augmented images too"
    )
    parser.add_argument(
        "--out", metavar="DIR", default="data_pages", help="folder of pages"
    )
    parser.set_defaults(call=call)


def call(arguments: argparse.Namespace) -> None:
    """Writes the page and says where it is."""
    from kpoc.data_show.show import show_data
    from kpoc.ground.text import CountLine
    from kpoc.protocols.check import no_progress

    use_plugins(arguments)

    def count(what, total):
        return CountLine(what, total).show

    page = show_data(
        arguments.protocol,
        data=arguments.data,
        recipe=arguments.augment,
        out=arguments.out,
        progress=count if sys.stderr.isatty() else no_progress,
    )
    print(f"page: {page}")
