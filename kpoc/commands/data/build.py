"""`kpoc data build`."""

from __future__ import annotations

import argparse

from kpoc.commands._arguments import add_data


def add(verbs: argparse._SubParsersAction) -> None:
    """Adds the verb."""
    parser = verbs.add_parser("build", help="build the manifest of a protocol")
    parser.add_argument("protocol", nargs="?", default="portraits")
    add_data(parser)
    parser.add_argument("--out", metavar="FILE", help="write the table (.parquet)")
    parser.set_defaults(call=call)


def call(arguments: argparse.Namespace) -> None:
    """Builds, shows what each step left, and writes the table."""
    from kpoc.data.build import build_manifest
    from kpoc.data.describe import describe

    manifest = build_manifest(arguments.protocol, root=arguments.data)
    print(describe(manifest))
    if arguments.out:
        manifest.save(arguments.out)
        print(f"written: {arguments.out}")
