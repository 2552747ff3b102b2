"""The files that `kpoc data init` writes: a protocol and two recipes, with comments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kpoc.data_init.look import Look
from kpoc.data_init.plan import Plan
from kpoc.data_init.recipes import Method
from kpoc.data_init.yaml_text import block, comment, flow, scalar

_LARGER = 160
_LOGARITHM = "There is a long tail of large values: the model learns the logarithm."
_LEARNT = {
    "log": _LOGARITHM,
    "log1p": _LOGARITHM,
    "min_max": "The model learns where a value lies in the range, from 0 to 1.",
}


def _head(first: str, command: str) -> list[str]:
    return [*comment(first), "#", f"#   {command}"]


def _text(lines: list[str]) -> str:
    return "\n".join(lines) + "\n"


def protocol_text(name: str, look: Look, plan: Plan, command: str) -> str:
    """The protocol.

    Args:
        name: Its name.
        look: What was seen.
        plan: What is to be done.
        command: The command that builds it.
    """
    lines = _head(
        f"{name}: how its rows are chosen and divided. Written by `kpoc data init` "
        f"after looking at {look.place}; it is yours to change.",
        command,
    )
    lines += [f"name: {scalar(name)}"]
    lines += flow(
        "description: ", f"{len(look.listing.frame):,} images of {look.place}"
    )
    lines += ["", "source:"]
    source = dict(look.source)
    columns = source.pop("columns", None)
    lines += block(source, 2)
    if columns:
        lines += ["  columns:", *block(columns, 4)]
    lines += [
        "",
        "# Choices are made by hash with this seed: more images change few of them.",
        "seed: 0",
        "",
        *comment(
            "Targets and groups; other columns stay out of the task. A value that is "
            "not among these is an error, not a new class."
        ),
        "columns:",
    ]
    for column, rules in plan.columns.items():
        given = {"classes": rules.classes} if rules.classes else {"range": rules.range}
        lines += flow(f"  {scalar(column)}: ", given)
    lines += ["", "steps:"]
    for step, why in plan.steps:
        lines += [*comment(why, 2), *flow("  - ", step)]
    return _text(lines)


def baseline_text(
    name: str,
    plan: Plan,
    targets: Mapping[str, Mapping[str, Any]],
    settings: Mapping[str, Any],
    command: str,
) -> str:
    """The baseline's recipe.

    Args:
        name: Its name.
        plan: What is to be done.
        targets: The targets with plain losses.
        settings: Image size, batch size, epochs.
        command: The command that trains it.
    """
    lines = _head(
        "The baseline: plain losses. The method beside it changes the losses alone.",
        command,
    )
    lines += [
        f"name: {scalar(name)}",
        "description: Small CNN from random weights, plain losses",
        "task:",
        "  # the rows, and the classes of the targets",
        "  protocol: protocol.yaml",
        "  targets:",
    ]
    for target, given in targets.items():
        lines += [f"    {scalar(target)}:"]
        if why := _LEARNT.get(given.get("transform")):
            lines += comment(why, 6)
        if "weight" in given:
            lines += comment(
                "The weight makes up for how widely the values spread: one over their "
                "standard deviation.",
                6,
            )
        lines += block(given, 6)
    lines += comment("Columns by which results are shown; never seen by the model.", 2)
    lines += flow("  groups: ", plan.groups)
    first = next(iter(targets))
    lines += [
        *comment("What the verdict is about; all other figures are exploratory."),
        f"primary: {scalar(first + '.' + targets[first]['metrics'][0])}",
        "",
        *comment(
            "A small network that starts from random weights: nothing is downloaded. "
            "Photographs want more; with weights of ImageNet the same images teach "
            "much more:"
        ),
        "#   backbone: mobilenet_v3_small",
        "#   weights: imagenet",
        "#   options: {batch_norm_momentum: 0.99}",
        *comment(
            f"in place of the two lines below, with image_size {_LARGER}. Keras "
            "downloads the file once; without network, name it: `weights: FILE`."
        ),
        "model:",
        "  backbone: small_cnn",
        "  weights: null",
        *block(settings),
        "optimizer: {name: adam, learning_rate: 1e-3}",
        "schedule: {name: warmup_cosine, warmup: 0.1}",
        "# Mirror images; take it out where left and right mean something.",
        "augmentation: [random_flip]",
    ]
    return _text(lines)


def method_text(name: str, methods: Mapping[str, Method], command: str) -> str:
    """The recipe of the method that suits, which extends the baseline's.

    Args:
        name: Its name.
        methods: By target.
        command: The command that compares it with the baseline.
    """
    lines = _head("The new method: the baseline with other losses.", command)
    lines += [
        "extends: baseline.yaml",
        f"name: {scalar(name)}",
        *flow("description: ", _described(methods)),
        "task:",
        "  targets:",
    ]
    for target, method in methods.items():
        lines += [*comment(method.why, 4), f"    {scalar(target)}:"]
        lines += flow("      loss: ", method.loss)
        if method.weight is not None:
            lines.append(f"      weight: {method.weight:g}")
    return _text(lines)


def pointer_text(
    name: str, method: str, methods: Mapping[str, Method], command: str
) -> str:
    """The recipe `method.yaml`: the same whatever the method is called.

    Args:
        name: The name of the recipe that it leads to, and of this one.
        method: The name of its file, without suffix.
        methods: By target.
        command: The command that compares it with the baseline.
    """
    lines = _head(
        f"The new method, here {method}.yaml, which holds its settings. "
        f"{_described(methods)}.",
        command,
    )
    lines += [f"extends: {scalar(method + '.yaml')}", f"name: {scalar(name)}"]
    return _text(lines)


def _described(methods: Mapping[str, Method]) -> str:
    return "Losses: " + ", ".join(
        f"{m.loss['name']} on {t}" for t, m in methods.items()
    )
