"""Schema of a recipe."""

from __future__ import annotations

import re
from typing import Annotated, Literal

import pydantic

from kpoc.ground.schema import Component, Fraction, Positive, Strict
from kpoc.recipe.identity import Absent, Shown
from kpoc.recipe.inference import Inference
from kpoc.recipe.judged import Judged
from kpoc.recipe.plugins import PluginUsed
from kpoc.recipe.start import Start
from kpoc.recipe.target import PLAIN_NAME, Target


class Task(Strict):
    """What is predicted, from which rows, and by what groups results are shown."""

    # the digest of its rows stands for it
    protocol: Annotated[str, Shown()]
    targets: Annotated[dict[str, Target], pydantic.Field(min_length=1)]
    groups: Annotated[list[str], Shown()] = []

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
    # their hash or name stands for them
    weights: Annotated[Annotated[str, pydantic.Field(min_length=1)] | None, Shown()]
    options: Annotated[dict[str, str | int | float | bool | None], Absent({})] = {}
    dense_units: Annotated[Positive | None, Absent(None)] = None
    dropout: Annotated[Fraction, Absent(0.0)] = 0.0
    trainable: Annotated[bool, Absent(True)] = True
    freeze: Annotated[str | None, Absent(None)] = None

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

    monitor: Annotated[str, Absent("val_loss")] = "val_loss"
    mode: Annotated[Literal["min", "max"], Absent("min")] = "min"
    patience: Positive


class Recipe(Judged):
    """One training, said completely. See `kpoc/recipes/` for examples.

    Attributes:
        plugins: Code of the user's own that registers what the recipe names.
        objective: What is learnt of the rows; `supervised` for the targets' losses.
        start: The training that this one goes on from; null for one of its own.
        inference: How the trained model is asked where a comparison asks it; null for
            as it was trained.
        layer_decay: Factor of the learning rate from one block of a transformer to the
            one before it; 1 for the same rate everywhere.
        resampling: Which training rows there are.
        sampling: How they are drawn in an epoch; null for all of them, shuffled.
        cache: Where decoded images are kept: in `memory`, on `disk` (in the cache
            folder, for all trainings), or not at all (`none`: they are decoded in
            every epoch); `auto` takes the first of these that has room.
    """

    name: Annotated[str, Shown()]
    description: Annotated[str, Shown()] = ""
    plugins: Annotated[list[PluginUsed], Absent([])] = []
    task: Task
    primary: Annotated[str, Shown()]
    model: Model
    objective: Annotated[Component, Absent({"name": "supervised"})] = Component(
        name="supervised"
    )
    start: Annotated[Start | None, Absent(None)] = None
    inference: Annotated[Inference | None, Shown()] = None
    image_size: Annotated[int, pydantic.Field(ge=8)]
    batch_size: Positive
    epochs: Positive
    optimizer: Component
    schedule: Annotated[Component, Absent({"name": "constant"})] = Component(
        name="constant"
    )
    layer_decay: Annotated[
        Annotated[float, pydantic.Field(gt=0.0, le=1.0)], Absent(1.0)
    ] = 1.0
    resampling: Annotated[list[Component], Absent([])] = []
    sampling: Annotated[Component | None, Absent(None)] = None
    augmentation: Annotated[list[Component], Absent([])] = []
    early_stopping: Annotated[EarlyStopping | None, Absent(None)] = None
    # which rows are left out, their digest says
    unreadable: Annotated[Literal["error", "skip"], Shown()] = "error"
    cache: Annotated[Literal["auto", "memory", "disk", "none"], Shown()] = "auto"
    xla: Annotated[Literal["auto"] | bool, Absent("auto")] = "auto"
    precision: Annotated[
        Literal["float32", "mixed_float16", "mixed_bfloat16"], Absent("float32")
    ] = "float32"
    seed: Annotated[int, pydantic.Field(ge=0), Shown()] = 0

    @pydantic.model_validator(mode="after")
    def _weights_come_from_one_place(self) -> Recipe:
        if self.start and self.model.weights is not None:
            raise ValueError(
                "`model.weights` must be null where `start` gives the weights. "
                f"Received: {self.model.weights!r}"
            )
        return self

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
