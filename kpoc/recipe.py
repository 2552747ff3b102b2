"""The recipe: one YAML file that says everything about one training.

A recipe is found by name (`faces/baseline`, in `kpoc/recipes/`) or by path. It may
extend another one: mappings are merged key by key, and a component (a mapping with a
`name`) that names something else replaces the inherited one whole. A .yaml file that a
recipe names (`extends`, `task.protocol`) is looked for beside the recipe first, then
from the working directory.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal

import pydantic
import yaml

from kpoc.schema import (
    Component,
    SchemaError,
    Strict,
    nearest,
    parse_yaml,
    read_yaml,
    validate,
)

PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
"""What a target may be called."""

Positive = Annotated[int, pydantic.Field(ge=1)]
Fraction = Annotated[float, pydantic.Field(ge=0.0, lt=1.0)]


class Weighting(Strict):
    """Weights of the training rows in one target's loss: rare classes weigh more.

    Attributes:
        scheme: `balanced` (inverse of the number of rows) or `effective_number`, as in
            `kpoc.losses.class_weights`.
        by: The class column whose rows are counted; by default the target's own, which
            a regression target has not.
        beta: Of `effective_number`, in [0, 1).
    """

    scheme: Literal["balanced", "effective_number"]
    by: str | None = None
    beta: Fraction = 0.9999


class Target(Strict):
    """One thing to predict.

    Attributes:
        kind: `regression`, `binary` or `categorical`.
        loss: The training loss, by name, with its parameters.
        weight: Factor of this loss in the sum over the targets.
        weighting: Weights of the training rows in this loss.
        metrics: Names of the scores that are shown, the first of them the main one.
        classes: Class names in the order of their codes (not for regression); by
            default those that the protocol declares for the column.
        transform: What the model learns of a regression target: the value itself
            (`identity`), its natural logarithm (`log`), log(1 + value) (`log1p`), or
            where it lies in its `range`, from 0 to 1 (`min_max`). Values in the
            thousands are learnt slowly as they are.
        unit: Unit of a regression target, for the reader.
        range: Smallest and largest possible value of a regression target;
            predictions are clipped to it.
    """

    kind: Literal["regression", "binary", "categorical"]
    loss: Component
    weight: Annotated[float, pydantic.Field(ge=0.0)] = 1.0
    weighting: Weighting | None = None
    metrics: Annotated[list[str], pydantic.Field(min_length=1)]
    classes: list[str] | None = None
    transform: Literal["identity", "log", "log1p", "min_max"] = "identity"
    unit: str | None = None
    range: Annotated[list[float], pydantic.Field(min_length=2, max_length=2)] | None = (
        None
    )

    @pydantic.model_validator(mode="after")
    def _check(self) -> Target:
        if self.kind == "regression":
            self._check_regression()
        else:
            self._check_classes()
        return self

    def _check_regression(self) -> None:
        if self.classes is not None:
            raise ValueError("a regression target has no `classes`")
        if self.range is None:
            raise ValueError("a regression target needs its `range`, e.g. [1, 116]")
        low, high = self.range
        if not low < high:
            raise ValueError(
                f"`range` must be [low, high], low < high. Received: {self.range}"
            )
        if self.weighting and self.weighting.by is None:
            raise ValueError(
                "the `weighting` of a regression target needs `by`, the class column "
                "whose rows are counted, e.g. age_band"
            )
        smallest = {"log": 0.0, "log1p": -1.0}.get(self.transform)
        if smallest is not None and low <= smallest:
            raise ValueError(
                f"`transform: {self.transform}` needs a `range` above {smallest:g}. "
                f"Received: {self.range}"
            )

    def _check_classes(self) -> None:
        if self.transform != "identity" or self.range or self.unit:
            raise ValueError(
                f"a {self.kind} target has no `transform`, `range` or `unit`"
            )
        least = 2
        if not self.classes or len(set(self.classes)) != len(self.classes):
            raise ValueError(
                f"a {self.kind} target needs its `classes`, each named once. "
                f"Received: {self.classes}"
            )
        if len(self.classes) < least or (
            self.kind == "binary" and len(self.classes) != least
        ):
            rule = "exactly" if self.kind == "binary" else "at least"
            raise ValueError(
                f"a {self.kind} target needs {rule} 2 `classes`. "
                f"Received: {self.classes}"
            )


class Task(Strict):
    """What is predicted, from which rows, and by what groups results are shown."""

    protocol: str
    targets: Annotated[dict[str, Target], pydantic.Field(min_length=1)]
    groups: list[str] = []

    @pydantic.field_validator("targets")
    @classmethod
    def _plain_names(cls, targets: dict[str, Target]) -> dict[str, Target]:
        # what TensorFlow takes for a scope, less the dot that ends it in `primary`
        if wrong := [name for name in targets if not PLAIN_NAME.fullmatch(name)]:
            raise ValueError(
                "names of targets hold letters from a to z, digits, - and _ only. "
                f"Received: {wrong}"
            )
        return targets


class Model(Strict):
    """The backbone, its weights, and what stands between it and the heads.

    Attributes:
        backbone: A name of the registry (`kpoc.models.backbone_names()`).
        weights: A name of the registry entry's (`imagenet`, `pretrained` for its first
            ones; downloaded), the path of a weights file or of a Hugging Face folder,
            or null, which asks for random weights.
        options: Options of the registry entry, such as `padding: symmetric`.
        dense_units: Width of the dense layer before the heads; null for none.
        dropout: Share of that layer's outputs dropped in training.
        trainable: Whether the backbone is trained or frozen.
        freeze: Regular expression; layers of the backbone whose path it finds are
            frozen, e.g. `patches|positions|block_[0-5]$`.
    """

    backbone: str
    weights: str | None
    options: dict[str, str | int | float | bool | None] = {}
    dense_units: Positive | None = None
    dropout: Fraction = 0.0
    trainable: bool = True
    freeze: str | None = None

    @pydantic.field_validator("freeze")
    @classmethod
    def _is_regular(cls, freeze: str | None) -> str | None:
        try:
            re.compile(freeze or "")
        except re.error as error:
            raise ValueError(
                f"`freeze` must be a regular expression. Received: {freeze!r}: {error}"
            ) from error
        return freeze


class EarlyStopping(Strict):
    """Stop when `monitor` has not improved for `patience` epochs."""

    monitor: str = "val_loss"
    mode: Literal["min", "max"] = "min"
    patience: Positive


class Recipe(Strict):
    """One training, said completely. See `kpoc/recipes/` for examples.

    Attributes:
        layer_decay: Factor of the learning rate from one block of a transformer to the
            one before it; 1 for the same rate everywhere.
        resampling: Which training rows there are.
        sampling: How they are drawn in an epoch; null for all of them, shuffled.
        cache: Where decoded images are kept: in `memory`, on `disk` (in the cache
            folder, for all trainings), or not at all (`none`: they are decoded in
            every epoch); `auto` takes the first of these that has room.
    """

    name: str
    description: str = ""
    task: Task
    primary: str
    model: Model
    image_size: Annotated[int, pydantic.Field(ge=8)]
    batch_size: Positive
    epochs: Positive
    optimizer: Component
    schedule: Component = Component(name="constant")
    layer_decay: Annotated[float, pydantic.Field(gt=0.0, le=1.0)] = 1.0
    resampling: list[Component] = []
    sampling: Component | None = None
    augmentation: list[Component] = []
    early_stopping: EarlyStopping | None = None
    unreadable: Literal["error", "skip"] = "error"
    cache: Literal["auto", "memory", "disk", "none"] = "auto"
    xla: Literal["auto"] | bool = "auto"
    precision: Literal["float32", "mixed_float16", "mixed_bfloat16"] = "float32"
    seed: Annotated[int, pydantic.Field(ge=0)] = 0

    @pydantic.model_validator(mode="after")
    def _primary_exists(self) -> Recipe:
        targets = self.task.targets
        names = [f"{t}.{m}" for t in targets for m in targets[t].metrics]
        if self.primary not in names:
            raise ValueError(
                f"`primary` must be one of the targets' metrics. "
                f"{nearest(self.primary, names)} Received: {self.primary!r}"
            )
        return self

    @property
    def primary_target(self) -> str:
        """The target part of `primary`."""
        return self.primary.split(".", 1)[0]

    @property
    def primary_metric(self) -> str:
        """The metric part of `primary`."""
        return self.primary.split(".", 1)[1]

    def log_name(self, score: str) -> str:
        """What Keras calls a score of the validation rows in its logs.

        Args:
            score: A target and one of its metrics, as in `primary`.

        Example:
            >>> load_recipe("portraits/baseline").log_name("age.mae")
            'val_age_mae'
        """
        target, metric = score.split(".", 1)
        return (
            f"val_{metric}" if len(self.task.targets) == 1 else f"val_{target}_{metric}"
        )

    def to_dict(self) -> dict:
        """The resolved recipe as plain JSON types."""
        return self.model_dump(mode="json")

    def to_yaml(self) -> str:
        """The resolved recipe as YAML; `load_recipe` reads it back."""
        return yaml.safe_dump(self.to_dict(), sort_keys=False, allow_unicode=True)

    def key(self, *facts: str) -> str:
        """Ten hex digits of what determines a run apart from its seed.

        Args:
            facts: What else determines it: digest of the data, and the hash of the
                weights, which stands for the path they happen to have.
        """
        content = self.to_dict()
        for field in ("seed", "name", "description"):
            del content[field]
        del content["model"]["weights"]
        if content["sampling"] is None:
            # it came later than the first runs, whose keys stay
            del content["sampling"]
        text = json.dumps([content, *facts], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:10]


def recipe_names() -> list[str]:
    """Names of the recipes that come with kpoc, sorted."""
    root = resources.files("kpoc.recipes")
    return sorted(
        f"{folder.name}/{file.name.removesuffix('.yaml')}"
        for folder in root.iterdir()
        if folder.is_dir()
        for file in folder.iterdir()
        if file.name.endswith(".yaml")
    )


def _find(name: str) -> Path:
    given = Path(name)
    if given.suffix in {".yaml", ".yml"}:
        if given.is_file():
            return given
        raise SchemaError(f"`recipe` must be a file that exists. Received: {name}")
    if name in recipe_names():
        return Path(str(resources.files("kpoc.recipes") / f"{name}.yaml"))
    raise SchemaError(
        f"`recipe` must be the name of a recipe or the path of a .yaml file. "
        f"{nearest(name, recipe_names())} Received: {name!r}"
    )


_OF_BACKBONE = ("options", "freeze")


def _merge(base: dict, change: Mapping) -> dict:
    merged = dict(base)
    if change.get("backbone", base.get("backbone")) != base.get("backbone"):
        for key in _OF_BACKBONE:
            merged.pop(key, None)
    for key, value in change.items():
        old = merged.get(key)
        replaces = not (
            isinstance(old, dict) and isinstance(value, Mapping)
        ) or value.get("name", old.get("name")) != old.get("name")
        merged[key] = value if replaces else _merge(old, value)
    return merged


def _beside(named: object, recipe: Path) -> object:
    """A file that a recipe names, as a path from here if it lies beside the recipe."""
    if isinstance(named, str) and (near := recipe.parent / named).is_file():
        return str(near)
    return named


def _read(name: str, seen: tuple[str, ...] = ()) -> dict:
    if name in seen:
        raise SchemaError(f"`extends` goes round in a circle: {' > '.join(seen)}")
    path = _find(name)
    content = read_yaml(path)
    if isinstance(task := content.get("task"), dict) and "protocol" in task:
        task["protocol"] = _beside(task["protocol"], path)
    parent = _beside(content.pop("extends", None), path)
    if parent is None:
        return content
    if not isinstance(parent, str):
        raise SchemaError(f"{path}: `extends` must be a name. Received: {parent!r}")
    inherited = _read(parent, (*seen, name))
    inherited.pop("name", None)
    return _merge(inherited, content)


def parse_overrides(assignments: Iterable[str]) -> dict[str, object]:
    """Reads `key=value` words; the values are YAML.

    Example:
        >>> parse_overrides(["epochs=5", "model.dropout=1e-1"])
        {'epochs': 5, 'model.dropout': 0.1}
    """
    overrides = {}
    for word in assignments:
        key, equals, value = word.partition("=")
        if not equals or not key:
            raise SchemaError(f"an override must be key=value. Received: {word!r}")
        overrides[key] = parse_yaml(value, f"the value of `{key}`")
    return overrides


def _apply(content: dict, dotted: str, value: object) -> None:
    *parents, last = dotted.split(".")
    place = content
    for parent in parents:
        inner = place.setdefault(parent, {})
        if isinstance(inner, str):
            # a component given by its bare name
            inner = place[parent] = {"name": inner}
        if not isinstance(inner, dict):
            raise SchemaError(
                f"`{dotted}` does not lead to a key: `{parent}` is not a mapping. "
                f"Received: {inner!r}"
            )
        place = inner
    merged = _merge(place, {last: value})
    place.clear()
    place.update(merged)


def _add_classes(content: dict) -> None:
    """Adds the classes of the protocol to targets that name none."""
    task = content.get("task")
    targets = task.get("targets") if isinstance(task, dict) else None
    lacking = {
        name: target
        for name, target in (targets.items() if isinstance(targets, dict) else ())
        if isinstance(target, dict)
        and target.get("kind") in ("binary", "categorical")
        and target.get("classes") is None
    }
    if lacking and isinstance(task.get("protocol"), str):
        from kpoc.data.protocol import load_protocol

        columns = load_protocol(task["protocol"]).columns
        for name in lacking.keys() & columns.keys():
            lacking[name]["classes"] = columns[name].classes


def load_recipe(
    recipe: str | Path | Mapping | Recipe, overrides: Mapping[str, object] | None = None
) -> Recipe:
    """Loads, completes and validates a recipe.

    Args:
        recipe: A name (`faces/baseline`), the path of a YAML file, a mapping of a
            recipe's keys, or a `Recipe`.
        overrides: Values by dotted key, e.g. `{"epochs": 5, "model.dropout": 0.1}`.

    Returns:
        The resolved recipe.

    Raises:
        SchemaError: Names every unknown key, wrong type and broken rule.

    Example:
        >>> load_recipe("portraits/baseline", {"epochs": 3}).epochs
        3
    """
    if isinstance(recipe, Recipe):
        content, source = recipe.to_dict(), f"recipe {recipe.name}"
    elif isinstance(recipe, Mapping):
        content = json.loads(json.dumps(recipe))
        content.setdefault("name", "unnamed")
        source = "the given recipe"
    else:
        content, source = _read(str(recipe)), f"recipe {recipe}"
        content.setdefault("name", str(recipe).removesuffix(".yaml"))
    # another backbone first: options that are given beside it are its own
    order = sorted(overrides or {}, key=lambda key: not key.startswith("model.b"))
    for key in order:
        _apply(content, key, overrides[key])
    if overrides:
        source += " with overrides"
    _add_classes(content)
    return validate(Recipe, content, source)
