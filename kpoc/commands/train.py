"""`kpoc train`."""

from __future__ import annotations

import argparse

from kpoc.commands._arguments import DEFAULT_SIDES, add_training, overrides


def add(verbs: argparse._SubParsersAction) -> None:
    """Adds the verb."""
    parser = verbs.add_parser(
        "train",
        help="train one recipe with one seed",
        usage="kpoc train [RECIPE] [KEY=VALUE ...] [options]",
    )
    parser.add_argument(
        "words",
        nargs="*",
        metavar="RECIPE KEY=VALUE",
        help=f"recipe (default: {DEFAULT_SIDES[0]}) and values of its keys, "
        "e.g. epochs=5 model.dropout=0.5",
    )
    add_training(parser)
    parser.add_argument(
        "--model",
        metavar="NAME",
        help="the recipe of this name beside RECIPE, or RECIPE with this backbone "
        "(`kpoc models`)",
    )
    parser.add_argument("--seed", type=int, help="seed of the run (default: 0)")
    parser.add_argument(
        "--resume",
        action="store_true",
        help="go on where this very training was interrupted",
    )
    parser.add_argument(
        "--checkpoint-minutes",
        type=float,
        metavar="M",
        help="time between checkpoints within an epoch (5)",
    )
    parser.set_defaults(call=call)


def call(arguments: argparse.Namespace) -> None:
    """Trains."""
    names = [word for word in arguments.words if "=" not in word] or [DEFAULT_SIDES[0]]
    if len(names) > 1:
        raise ValueError(f"`kpoc train` takes one recipe. Received: {names}")
    recipe, changes = names[0], {}
    if arguments.model:
        from kpoc.model_choice import choose_model

        recipe, changes = choose_model(recipe, arguments.model)
    changes |= overrides([w for w in arguments.words if "=" in w], arguments)
    if arguments.seed is not None:
        changes["seed"] = arguments.seed

    from kpoc.training.plan import make_plan

    plan = make_plan(
        recipe, data=arguments.data, runs=arguments.runs, overrides=changes
    )

    from kpoc.training.backend import start_quietly

    start_quietly()

    from kpoc.training.train import train_plan

    options = {"resume": arguments.resume}
    if arguments.checkpoint_minutes is not None:
        options["checkpoint_minutes"] = arguments.checkpoint_minutes
    print(f"run: {train_plan(plan, **options).path}")
