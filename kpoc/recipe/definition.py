"""Schema of a recipe."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Annotated, Literal

import pydantic
import yaml

from kpoc.recipe.target import PLAIN_NAME, Target
from kpoc.schema import Component, Fraction, Positive, Strict, nearest
from kpoc.yaml_files import is_path


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
            ones; downloaded), the path of a weights file or of a Hugging Face folder, a
            repository of its hub, the directory of a run, whose encoder is taken, or
            null, which asks for random weights.
        options: Options of the registry entry, such as `padding: symmetric`.
        dense_units: Width of the dense layer before the heads; null for none.
        dropout: Share of that layer's outputs dropped in training.
        trainable: Whether the backbone is trained or frozen.
        freeze: Regular expression; layers of the backbone whose path it finds are
            frozen, e.g. `patches|positions|block_[0-5]$`.
    """

    backbone: str
    weights: Annotated[str, pydantic.Field(min_length=1)] | None
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
            >>> from kpoc.recipe import load_recipe
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
            facts: What else determines it: digest of the data and hash of the weights,
                which stand for the paths of protocol and weights.
        """
        content = self.to_dict()
        for field in ("seed", "name", "description"):
            del content[field]
        del content["model"]["weights"]
        if is_path(content["task"]["protocol"]):
            # the digest of the data stands for the path that it happens to have
            del content["task"]["protocol"]
        if content["sampling"] is None:
            # it came later than the first runs, whose keys stay
            del content["sampling"]
        text = json.dumps([content, *facts], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:10]
