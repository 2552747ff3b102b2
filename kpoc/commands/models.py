"""`kpoc models`."""

from __future__ import annotations

import argparse

from kpoc.commands._arguments import add_plugins, use_plugins


def add(verbs: argparse._SubParsersAction) -> None:
    """Adds the verb."""
    parser = verbs.add_parser(
        "models", help="list backbones; with a name, what it is and how large"
    )
    parser.add_argument("name", nargs="?", help="a backbone: builds it and counts")
    add_plugins(parser)
    parser.set_defaults(call=call)


def call(arguments: argparse.Namespace) -> None:
    """Lists all backbones, or describes one."""
    from kpoc.training.backend import start_quietly

    start_quietly()
    use_plugins(arguments)
    from kpoc import models
    from kpoc.ground.keras_settings import recipe_settings

    if arguments.name:
        with recipe_settings():
            print(_describe(models.get_backbone(arguments.name)))
        return
    names = models.backbone_names()
    width = max(map(len, names))
    print(f"{'name':{width}}  {'input':>5}  preprocessing of RGB in 0..255; weights")
    for name in names:
        entry = models.get_backbone(name)
        weights = ", ".join(entry.weight_names) or "none to download"
        print(
            f"{name:{width}}  {entry.input_size:>5}  {entry.preprocessing}; {weights}"
        )


def _describe(entry) -> str:
    parameters = entry.build(entry.input_size).count_params()
    lines = [
        f"{entry.name}: {parameters:,} parameters without heads",
        f"input: {entry.input_size} px, at least {entry.smallest}",
        f"preprocessing: {entry.preprocessing}",
        f"options: {', '.join(entry.options) or 'none'}",
    ]
    for name, origin in entry.weight_names.items():
        lines.append(f"weights {name}: {origin}")
    return "\n".join(lines)
