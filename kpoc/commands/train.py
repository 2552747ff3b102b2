"""`kpoc train`."""

from __future__ import annotations

import argparse

from kpoc.commands._arguments import (
    DEFAULT_SIDES,
    add_training,
    overrides,
    recipe_and_changes,
    use_plugins,
)


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
    several = parser.add_argument_group(
        "several devices and machines", "see docs/several_machines.md"
    )
    several.add_argument(
        "--devices",
        type=int,
        metavar="N",
        help="devices of each process to divide a batch among",
    )
    several.add_argument(
        "--processes",
        type=int,
        metavar="P",
        help="processes; without --coordinator all are started on this machine",
    )
    several.add_argument(
        "--coordinator", metavar="HOST:PORT", help="where the processes meet"
    )
    several.add_argument(
        "--process-index",
        type=int,
        metavar="K",
        help="number of this process, from 0; the first one writes the run",
    )
    parser.set_defaults(call=call)


def call(arguments: argparse.Namespace) -> None:
    """Trains."""
    from kpoc.ground.keras_settings import check_keras

    check_keras()
    use_plugins(arguments)
    from kpoc.training.distribution.wanted import read_wanted

    wanted = read_wanted(
        arguments.devices,
        arguments.processes,
        arguments.coordinator,
        arguments.process_index,
    )
    recipe, words = recipe_and_changes(arguments.words, DEFAULT_SIDES[0])
    changes: dict[str, object] = {}
    if arguments.model:
        from kpoc.recipe.model_choice import choose_model

        recipe, changes = choose_model(recipe, arguments.model)
    changes |= overrides(words, arguments)
    if arguments.seed is not None:
        changes["seed"] = arguments.seed

    from kpoc.recipe import load_recipe
    from kpoc.training.plan import make_plan

    recipe = load_recipe(recipe, changes)
    if wanted:
        # processes must meet before anything is computed here
        from kpoc.training.child import require_trainable_in_child

        require_trainable_in_child(recipe)
    else:
        from kpoc.training.backend import start_quietly

        start_quietly()

        from kpoc.training.recipe_checks import require_trainable

        require_trainable(recipe)
    plan = make_plan(recipe, data=arguments.data, runs=arguments.runs)

    options = {"resume": arguments.resume}
    if arguments.checkpoint_minutes is not None:
        options["checkpoint_minutes"] = arguments.checkpoint_minutes
    if wanted:
        from kpoc.ground.streams import quiet

        with quiet():
            from kpoc.training.distribution.members import train_distributed

        run = train_distributed(plan, wanted, **options)
    else:
        from kpoc.training.train import train_plan

        run = train_plan(plan, **options)
    if run:
        print(f"run: {run.path}")
