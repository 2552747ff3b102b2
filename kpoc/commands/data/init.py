"""`kpoc data init`."""

from __future__ import annotations

import argparse

from kpoc.commands._arguments import add_links


def add(verbs: argparse._SubParsersAction) -> None:
    """Adds the verb."""
    parser = verbs.add_parser(
        "init",
        help="look at images of your own, write a protocol and two recipes",
        description="Looks at a folder with one folder a class, or at a table with the "
        "paths of images, says what it understood, and writes a protocol, a baseline "
        "and the method that suits.",
    )
    parser.add_argument("place", metavar="DIR_OR_TABLE")
    parser.add_argument("--name", help="the task's name; by default as DIR_OR_TABLE")
    parser.add_argument(
        "--out", metavar="FOLDER", help="where the files go; by default ./NAME"
    )
    parser.add_argument(
        "--force", action="store_true", help="overwrite files that are there"
    )
    parser.add_argument(
        "--target",
        nargs="+",
        default=[],
        metavar="COLUMN",
        help="what is to be predicted (of a folder: a name for its classes)",
    )
    add_links(parser)
    parser.add_argument(
        "--together",
        metavar="COLUMN",
        help="persons or things whose images must stay in one split, or none; of a "
        "folder subfolder, stem or series (see docs/your_data.md)",
    )
    table = parser.add_argument_group("for tables")
    table.add_argument("--images", metavar="DIR", help="where the images lie")
    table.add_argument("--path", metavar="COLUMN", help="the column of paths")
    table.add_argument(
        "--group", nargs="+", metavar="COLUMN", help="break results down by these"
    )
    table.add_argument(
        "--kind",
        nargs="+",
        default=[],
        metavar="COLUMN=KIND",
        help="class or number, where that is not seen",
    )
    parser.set_defaults(call=call)


def call(arguments: argparse.Namespace) -> None:
    """Looks, writes, and says what was understood."""
    from kpoc.data_init import init_task
    from kpoc.ground.text import CountLine, visible_lines

    made = init_task(
        arguments.place,
        images=arguments.images,
        path=arguments.path,
        targets=arguments.target,
        groups=arguments.group,
        together=arguments.together,
        kinds=_kinds(arguments.kind),
        name=arguments.name,
        out=arguments.out,
        force=arguments.force,
        links=arguments.links,
        progress=lambda what, total: CountLine(what, total).show,
    )
    print(visible_lines(str(made)))


def _kinds(words: list[str]) -> dict[str, str]:
    kinds = dict(word.rpartition("=")[::2] for word in words)
    if wrong := [w for w in words if w.rpartition("=")[2] not in ("class", "number")]:
        raise ValueError(
            f"`--kind` must be COLUMN=class or COLUMN=number. Received: {wrong}"
        )
    return kinds
