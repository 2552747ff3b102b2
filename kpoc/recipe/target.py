"""Schema of one thing to predict."""

from __future__ import annotations

import re
from typing import Annotated, Literal

import pydantic

from kpoc.ground.schema import Component, Fraction, Strict, nearest
from kpoc.recipe.identity import Absent, Shown
from kpoc.recipe.loss_names import loss_names

PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
"""What a target may be called."""


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
    by: Annotated[str | None, Absent(None)] = None
    beta: Annotated[Fraction, Absent(0.9999)] = 0.9999


class Target(Strict):
    """One thing to predict.

    Attributes:
        kind: `regression`, `binary` or `categorical`.
        loss: The training loss, with its parameters: one that suits its kind.
        weight: Factor of this loss in the sum over the targets.
        weighting: Weights of the training rows in this loss.
        metrics: Names of the scores that are shown, the first of them the main one.
        watch: Metrics by group that training shows and early stopping may watch, such
            as `{name: group_accuracy, by: gender, summary: worst}`.
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
    weight: Annotated[float, pydantic.Field(ge=0.0), Absent(1.0)] = 1.0
    weighting: Annotated[Weighting | None, Absent(None)] = None
    metrics: Annotated[list[str], pydantic.Field(min_length=1), Shown()]
    watch: Annotated[list[Component], Shown()] = []
    classes: Annotated[list[str] | None, Absent(None)] = None
    transform: Annotated[
        Literal["identity", "log", "log1p", "min_max"], Absent("identity")
    ] = "identity"
    unit: Annotated[str | None, Shown()] = None
    range: Annotated[
        Annotated[list[float], pydantic.Field(min_length=2, max_length=2)] | None,
        Absent(None),
    ] = None

    @pydantic.model_validator(mode="after")
    def _check(self) -> Target:
        self._check_loss()
        self._check_watched()
        if self.kind == "regression":
            self._check_regression()
        else:
            self._check_classes()
        return self

    def _check_watched(self) -> None:
        if wrong := [w.name for w in self.watch if "by" not in w.params]:
            raise ValueError(
                "metrics of `watch` must say `by` which column they are told the "
                f"groups. Received: {wrong} without"
            )

    def _check_loss(self) -> None:
        known = loss_names(self.kind)
        if self.loss.name not in known:
            raise ValueError(
                f"the `loss` of a {self.kind} target must be one for it. "
                f"{nearest(self.loss.name, known)} Received: {self.loss.name!r}"
            )
        if self.loss.params.get("from_logits", True) is not True:
            raise ValueError(
                "the `loss` must take logits, which the model gives. Received: "
                f"from_logits={self.loss.params['from_logits']!r}"
            )

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
