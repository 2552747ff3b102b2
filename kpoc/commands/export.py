"""`kpoc export`."""

from __future__ import annotations

import argparse

from kpoc.commands._arguments import add_data, add_plugins, use_plugins


def add(verbs: argparse._SubParsersAction) -> None:
    """Adds the verb."""
    parser = verbs.add_parser(
        "export",
        help="write a finished run's model for servers and phones",
        description="Writes the model as SavedModel, ONNX and TFLite. Each file takes "
        "uint8 images of any size, gives what `kpoc predict` prints, and is kept only "
        "if it does so on validation images of the run. DIR/export.json says what each "
        "file takes, gives and costs.",
    )
    parser.add_argument("run", help="a run directory")
    parser.add_argument(
        "--format",
        metavar="NAME",
        default="all",
        help="savedmodel, onnx, tflite, several with commas, or all (the default)",
    )
    parser.add_argument("--out", metavar="DIR", help="default: RUN/export")
    parser.add_argument(
        "--rows", type=int, default=64, help="validation images to check with (64)"
    )
    add_data(parser)
    add_plugins(parser)
    parser.set_defaults(call=call)


def call(arguments: argparse.Namespace) -> None:
    """Exports, then reports the formats that could not be written."""
    from kpoc.exporting.export import export

    use_plugins(arguments)
    wanted = [] if arguments.format == "all" else arguments.format.split(",")
    exported = export(
        arguments.run,
        wanted,
        out=arguments.out,
        rows=arguments.rows,
        data=arguments.data,
    )
    if exported.record["formats"]:
        print(f"\n{exported}\n\nexport: {exported.folder}")
    if exported.failures:
        failures = exported.failures
        listed = "\n".join(f"- {name}: {why}" for name, why in failures.items())
        raise ValueError(f"{len(failures)} format(s) not written:\n{listed}")
