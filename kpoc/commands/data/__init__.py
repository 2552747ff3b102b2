"""`kpoc data`: its verbs, a file each."""

from __future__ import annotations

import argparse
import sys

from kpoc.commands import add_verbs


def add(verbs: argparse._SubParsersAction) -> None:
    """Adds the verb with its own verbs."""
    parser = verbs.add_parser("data", help="build manifests, check images, show data")
    add_verbs(
        sys.modules[__name__], parser.add_subparsers(required=True, metavar="VERB")
    )
