"""Metrics by group that a recipe watches in training."""

from __future__ import annotations

from kpoc import metrics
from kpoc.ground.schema import Component, SchemaError, nearest
from kpoc.models.grouped import GroupMetric
from kpoc.protocols.manifest import Manifest
from kpoc.recipe import Recipe

BY = "by"


def group_columns(recipe: Recipe) -> tuple[str, ...]:
    """The columns of groups that a recipe's watched metrics are told, each once."""
    watched = (w for t in recipe.task.targets.values() for w in t.watch)
    return tuple(dict.fromkeys(one.params[BY] for one in watched))


def make_group_metrics(recipe: Recipe, manifest: Manifest) -> list[GroupMetric]:
    """The watched metrics, named as in the logs: target, metric, column.

    Raises:
        SchemaError: A column without classes, an unknown metric or parameter.
    """
    known = {k: rule.classes for k, rule in manifest.columns.items() if rule.classes}
    made = []
    for target, declared in recipe.task.targets.items():
        for one in declared.watch:
            key = f"`task.targets.{target}.watch` {one.name}"
            params = dict(one.params)
            by = params.pop(BY)
            if by not in known:
                raise SchemaError(
                    f"{key}: `by` must be a class column of the manifest. "
                    f"{nearest(by, known)} Received: {by!r}"
                )
            name = watched_name(one)
            if len(recipe.task.targets) > 1:
                name = f"{target}_{name}"
            params |= {"num_groups": len(known[by]), "name": name}
            try:
                metric = metrics.get(one.name, **params)
            except (TypeError, ValueError) as error:
                raise SchemaError(f"{key}: {error}") from error
            made.append(GroupMetric(metric, target, by))
    return made


def watched_name(watched: Component) -> str:
    """What the logs call a metric of `watch`, but for its target.

    Example:
        >>> worst = Component(name="group_accuracy", by="gender", summary="worst")
        >>> watched_name(worst)
        'group_accuracy_worst_gender'
    """
    params = watched.params
    summary = [params["summary"]] if params.get("summary") else []
    return "_".join([watched.name, *summary, params[BY]])
