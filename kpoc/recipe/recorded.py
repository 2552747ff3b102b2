"""What is known of a training that kpoc did not do, but recorded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import pydantic

from kpoc.ground.schema import Strict
from kpoc.recipe.definition import Recipe
from kpoc.recipe.identity import Absent, Shown
from kpoc.recipe.judged import Judged


class RecordedTarget(Strict):
    """One thing that is predicted, as in `Target`, without how it was learnt."""

    kind: Literal["regression", "binary", "categorical"]
    metrics: Annotated[list[str], Shown()]
    classes: list[str] | None
    unit: Annotated[str | None, Shown()]
    range: list[float] | None


class RecordedTask(Strict):
    """What is predicted, from which rows, and by what groups results are shown."""

    protocol: Annotated[str, Shown()]
    targets: dict[str, RecordedTarget]
    groups: Annotated[list[str], Shown()]


class Recorded(Judged):
    """The recipe of a training loop of somebody's own: what kpoc knows of it.

    Attributes:
        kind: What tells such a recipe from those that can be trained.
        weights: What the model started from, in words: `random`, or None where it is
            not said.
        settings: What its user said of it, plain JSON values by name.
    """

    # what tells the two apart in their identities is all that a training says more
    kind: Annotated[Literal["recorded"], Shown()] = "recorded"
    name: Annotated[Annotated[str, pydantic.Field(min_length=1)], Shown()]
    description: Annotated[str, Shown()] = ""
    task: RecordedTask
    primary: Annotated[str, Shown()]
    weights: Annotated[str | None, Shown()] = None
    settings: Annotated[dict[str, pydantic.JsonValue], Absent({})] = {}
    seed: Annotated[int, pydantic.Field(ge=0), Shown()] = 0


def task_of(recipe: Recipe) -> dict[str, Any]:
    """The task and the primary figure of a recipe, less how its targets are learnt.

    Example:
        >>> from kpoc.recipe import load_recipe
        >>> said = task_of(load_recipe("portraits/baseline"))
        >>> said["primary"], sorted(said["task"]["targets"]["age"])
        ('age.mae', ['classes', 'kind', 'metrics', 'range', 'unit'])
    """
    content = recipe.to_dict()
    targets: Mapping[str, dict] = content["task"]["targets"]
    known = RecordedTarget.model_fields
    return {
        "task": {
            "protocol": content["task"]["protocol"],
            "targets": {
                name: {field: target[field] for field in known}
                for name, target in targets.items()
            },
            "groups": content["task"]["groups"],
        },
        "primary": content["primary"],
    }
