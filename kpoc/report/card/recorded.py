"""What a card says of a training that kpoc recorded: less than of its own.

The functions are those of `kpoc.report.card.facts`.
"""

from kpoc.report.card import facts
from kpoc.report.card.document import Grid

MADE = "Recorded"
CHOSEN = (
    "They may have chosen what was kept, and these figures be a little too good by it."
)


def model(recipe: dict, found: dict, side: dict) -> facts.Facts:
    """What is known of the model."""
    weights = recipe.get("weights") or "not said"
    return [
        (
            "Made by",
            "a training loop that is not kpoc's, which recorded it; the model"
            " itself is not kept here",
        ),
        ("Initial weights", weights),
        *facts.measured(side, facts.OF_THE_MODEL),
    ]


def outputs(targets: dict, known: dict | None = None) -> Grid:
    """What it predicts; see `facts.outputs`."""
    rows = [
        [name, target["kind"], facts.values_of(target, (known or {}).get(name))]
        for name, target in targets.items()
    ]
    return Grid(["Output", "Kind", "Values"], rows)


def training(
    recipe: dict, side: dict, environment: dict, versions: dict, best: list[int]
) -> facts.Facts:
    """What is known of how it was trained; not which epoch was kept."""
    epochs = ", ".join(str(cost["epochs"]) for cost in side["cost"])
    return [
        ("Seeds", ", ".join(map(str, side["seeds"]))),
        ("Epochs", epochs),
        ("Settings", facts.component(recipe.get("settings") or None)),
        *facts.measured(side, facts.OF_THE_TRAINING),
        *facts.made_on(environment, versions),
    ]
