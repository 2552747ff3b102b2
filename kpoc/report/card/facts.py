"""What a recipe and its trainings say of a model, in words."""

from collections.abc import Sequence
from pathlib import PurePath

from kpoc.report import costs
from kpoc.report.card.document import Grid

Facts = list[tuple[str, str]]

MADE = "Trained"
CHOSEN = (
    "They also chose the epoch that was kept, so these figures are a little too good."
)
"""What is to be known of figures on validation rows."""


def component(value: object) -> str:
    """Something chosen by name with its parameters, in one line.

    Example:
        >>> component({"name": "adam", "learning_rate": 0.001})
        'adam (learning_rate 0.001)'
        >>> component(None)
        'none'
    """
    if isinstance(value, list):
        return ", ".join(component(item) for item in value) or "none"
    if not isinstance(value, dict):
        return "none" if value is None else str(value)
    said = parameters({key: item for key, item in value.items() if key != "name"})
    name = str(value.get("name", ""))
    return f"{name} ({said})".strip() if said and name else name or said or "none"


def parameters(given: dict) -> str:
    """Parameters in one line; those that are None are left out.

    Example:
        >>> parameters(
        ...     {"rows": 10, "by": ["kind", "tribe"], "where": {"tribe": "Maple"}}
        ... )
        'rows 10, by (kind, tribe), where (tribe Maple)'
    """

    def said(value: object) -> str:
        if isinstance(value, dict):
            return f"({parameters(value)})"
        if isinstance(value, list):
            return f"({', '.join(map(said, value))})"
        return str(value)

    known = {key: item for key, item in given.items() if item is not None}
    return ", ".join(f"{key} {said(item)}" for key, item in known.items())


def weights(named: object, found: dict) -> str:
    """Where the initial weights come from, without the folder they lay in."""
    if named is None:
        return "random"
    text = found.get("origin") or PurePath(str(named)).name
    if found.get("sha256"):
        text += f", SHA-256 {found['sha256']}"
    return text


def plugin(used: dict) -> str:
    """Code of the user's own that it was trained with."""
    version = f" {used['version']}" if used.get("version") else ""
    return f"{used['name']}{version}, SHA-256 {used['sha256']}"


def model(recipe: dict, found: dict, side: dict) -> Facts:
    """What the model is.

    Args:
        recipe: The resolved recipe.
        found: `origin` and `sha256` of the initial weights.
        side: A dict with the `cost` of each training.
    """
    built = recipe["model"]
    options = component(built.get("options") or None)
    head = built.get("dense_units")
    size = recipe["image_size"]
    facts = [
        ("Backbone", f"{built['backbone']}; options: {options}"),
        ("Initial weights", weights(built.get("weights"), found)),
        (
            "Before the heads",
            (f"a dense layer of {head} units, " if head else "")
            + f"dropout {built.get('dropout', 0.0)}",
        ),
        ("Backbone trained", "yes" if built.get("trainable", True) else "no, frozen"),
        ("Input", f"uint8 RGB images of any size, resized to {size} x {size} inside"),
    ]
    return facts + measured(side, OF_THE_MODEL)


def measured(side: dict, fields: Sequence[str]) -> Facts:
    """Those of some measures of cost that are known, means over the seeds."""
    found = [
        (m, costs.mean(side, m.field)) for m in costs.MEASURES if m.field in fields
    ]
    return [(m.label, m.write(value)) for m, value in found if value is not None]


OF_THE_MODEL = ("parameters", "file_bytes", "latency_ms.p50", "latency_ms.p95")
OF_THE_TRAINING = ("train_seconds", "images_per_second", "peak_memory_bytes")


def values_of(target: dict, known: dict | None = None) -> str:
    """The values that a target can have.

    Args:
        target: The recipe's.
        known: The comparison's, for what the recipe leaves to the protocol.
    """
    known = known or {}
    if target["kind"] != "regression":
        classes = target.get("classes") or known.get("classes") or []
        return ", ".join(map(str, classes)) or "classes not stated"
    ends = target.get("range") or known.get("range")
    what = "{:g} to {:g} ".format(*ends) if ends else ""
    return f"{what}{target.get('unit') or ''}".rstrip()


def outputs(targets: dict, known: dict | None = None) -> Grid:
    """What it predicts and how that was learnt.

    Args:
        targets: The recipe's targets.
        known: The comparison's, for classes that the recipe leaves to the protocol.
    """
    rows = []
    for name, target in targets.items():
        what = values_of(target, (known or {}).get(name))
        if target.get("transform", "identity") != "identity":
            what += f", learnt as {target['transform']}"
        loss = component(target.get("loss"))
        if target.get("weighting"):
            loss += f"; rows weighted: {component(target['weighting'])}"
        weight = f"{target.get('weight', 1.0):g}"
        rows.append([name, target["kind"], what, loss, weight])
    header = ["Output", "Kind", "Values", "Loss", "Weight of the loss"]
    return Grid(header, rows, numbers=1)


def training(
    recipe: dict, side: dict, environment: dict, versions: dict, best: list[int]
) -> Facts:
    """How it was trained.

    Args:
        recipe: The resolved recipe.
        side: A dict with `seeds` and the `cost` of each training.
        environment: The machine, as in run.json.
        versions: Of kpoc and its libraries.
        best: Best epoch of each training, where it is known.
    """
    stopping = recipe.get("early_stopping")
    epochs = f"{recipe['epochs']} at most" if stopping else str(recipe["epochs"])
    if best:
        epochs += f"; kept: {', '.join(map(str, best))}"
    cost = side["cost"]
    facts = [
        ("Seeds", ", ".join(map(str, side["seeds"]))),
        ("Epochs", epochs),
        ("Early stopping", component(stopping)),
        ("Batch", str(recipe["batch_size"])),
        ("Optimizer", component(recipe["optimizer"])),
        ("Schedule", component(recipe.get("schedule"))),
        ("Augmentation", component(recipe.get("augmentation"))),
        ("Resampling of the training rows", component(recipe.get("resampling"))),
        ("Sampling in an epoch", component(recipe.get("sampling"))),
        ("Precision", str(recipe.get("precision", "float32"))),
    ]
    if cost:
        xla = {each.get("xla") for each in cost}
        facts.append(
            ("XLA", "on" if xla == {True} else "off" if True not in xla else "mixed")
        )
    facts += measured(side, OF_THE_TRAINING)
    facts += [("Plug-in", plugin(one)) for one in recipe.get("plugins") or []]
    return facts + made_on(environment, versions)


def made_on(environment: dict, versions: dict) -> Facts:
    """The machine and the software."""
    facts = [("Machine", costs.machine(environment))]
    if versions:
        facts.append(("Versions", ", ".join(f"{k} {v}" for k, v in versions.items())))
    return facts
