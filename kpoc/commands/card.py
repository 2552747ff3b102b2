"""`kpoc card`."""

from __future__ import annotations

import argparse

from kpoc.commands._arguments import add_plugins, use_plugins


def add(verbs: argparse._SubParsersAction) -> None:
    """Adds the verb."""
    parser = verbs.add_parser(
        "card",
        help="write the model card of finished runs again",
        description="Writes card.md into run directories, as every training does at "
        "its end: for runs of an older kpoc, or killed just before it.",
    )
    parser.add_argument("runs", nargs="+", metavar="RUN", help="a run directory")
    add_plugins(parser)
    parser.set_defaults(call=call)


def call(arguments: argparse.Namespace) -> None:
    """Writes the cards."""
    from kpoc.report.card import write_run_card

    use_plugins(arguments)
    for run in arguments.runs:
        print(f"model card: {write_run_card(run)}")
