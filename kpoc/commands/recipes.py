"""`kpoc recipes`."""

from __future__ import annotations

import argparse


def add(verbs: argparse._SubParsersAction) -> None:
    """Adds the verb."""
    parser = verbs.add_parser("recipes", help="list the recipes that come with kpoc")
    parser.set_defaults(call=call)


def call(arguments: argparse.Namespace) -> None:
    """Lists names and descriptions."""
    from kpoc.recipe import load_recipe, recipe_names

    names = recipe_names()
    width = max(map(len, names))
    for name in names:
        print(f"{name:{width}}  {load_recipe(name).description}")
