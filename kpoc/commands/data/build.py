"""`kpoc data build`."""

from __future__ import annotations

import argparse
from pathlib import Path

from kpoc.commands._arguments import add_data, add_plugins, use_plugins


def add(verbs: argparse._SubParsersAction) -> None:
    """Adds the verb."""
    parser = verbs.add_parser("build", help="build the manifest of a protocol")
    parser.add_argument("protocol", nargs="?", default="portraits")
    add_data(parser)
    add_plugins(parser)
    parser.add_argument("--out", metavar="FILE", help="write the table (.parquet)")
    parser.set_defaults(call=call)


def call(arguments: argparse.Namespace) -> None:
    """Builds, shows what each step left, and writes the table."""
    from kpoc.ground.text import visible_lines
    from kpoc.protocols.build import build_manifest
    from kpoc.protocols.describe import describe

    use_plugins(arguments)
    if arguments.out:
        _require_table(Path(arguments.out))
    manifest = build_manifest(arguments.protocol, root=arguments.data)
    print(visible_lines(describe(manifest)))
    if arguments.out:
        manifest.save(arguments.out)
        print(f"written: {arguments.out}")


def _require_table(out: Path) -> None:
    """Checks, before the manifest is built, that it can be written."""
    from kpoc.pictures.paths import require_folder

    if out.suffix.lower() != ".parquet" or out.is_dir():
        raise ValueError(
            f"`--out` must be a file that ends in .parquet. Received: {out}"
        )
    require_folder(out.parent, "--out")
