"""`kpoc compare`."""

from __future__ import annotations

import argparse

from kpoc.commands._arguments import DEFAULT_SIDES, add_training, overrides, use_plugins


def add(verbs: argparse._SubParsersAction) -> None:
    """Adds the verb."""
    parser = verbs.add_parser(
        "compare",
        help="train what is missing, compare on the test rows, write a page",
        usage="kpoc compare [SIDE ...] [KEY=VALUE ...] [options]",
        description="Sides are recipes (each is trained with every seed, unless that "
        "is done), run directories, or tables of predictions. NAME=PATH[,PATH ...] "
        "names a side and gives it several runs or tables, one a seed. The first side "
        f"is the baseline. Default: {' '.join(DEFAULT_SIDES)}",
    )
    parser.add_argument("words", nargs="*", metavar="SIDE KEY=VALUE")
    add_training(parser)
    parser.add_argument("--seeds", type=int, default=3, help="seeds a side (3)")
    parser.add_argument(
        "--resamples", type=int, default=10_000, help="bootstrap resamples (10000)"
    )
    parser.add_argument(
        "--out", metavar="DIR", default="comparisons", help="folder of pages"
    )
    parser.add_argument(
        "--task",
        metavar="RECIPE",
        help="whose rows, targets and groups hold (the first side's)",
    )
    parser.add_argument(
        "--primary",
        metavar="TARGET.METRIC",
        help="what the verdict is about (as the recipe says)",
    )
    parser.add_argument(
        "--groups",
        metavar="COLUMN,...",
        type=lambda text: [name for name in text.split(",") if name],
        help="what results are broken down by (as the recipe says)",
    )
    parser.add_argument(
        "--calibrate",
        action="store_true",
        help="also show calibration after temperature scaling, fitted on validation",
    )
    parser.add_argument(
        "--no-images", action="store_true", help="a page without test images"
    )
    parser.set_defaults(call=call)


def call(arguments: argparse.Namespace) -> None:
    """Compares."""
    use_plugins(arguments)
    from kpoc.comparing.asked import is_side
    from kpoc.comparing.compare import compare

    sides = [word for word in arguments.words if is_side(word)]
    comparison = compare(
        sides or DEFAULT_SIDES,
        seeds=arguments.seeds,
        data=arguments.data,
        runs=arguments.runs,
        out=arguments.out,
        task=arguments.task,
        primary=arguments.primary,
        groups=arguments.groups,
        resamples=arguments.resamples,
        calibrate=arguments.calibrate,
        images=not arguments.no_images,
        overrides=overrides([w for w in arguments.words if w not in sides], arguments),
    )
    print(f"\n{comparison}\n\npage: {comparison.page}")
    for side, card in comparison.cards.items():
        print(f"model card of {side}: {card}")
