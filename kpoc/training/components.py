"""Losses, metrics and the optimizer that a recipe names, made for its training rows."""

from __future__ import annotations

from collections.abc import Mapping

import keras
import numpy as np

from kpoc import losses, metrics, optimizers
from kpoc.evaluation import scores
from kpoc.ground.errors import blamed_on
from kpoc.recipe import Recipe, Target
from kpoc.training.schedules import make_schedule


def make_losses(
    recipe: Recipe, labels: Mapping[str, np.ndarray]
) -> dict[str, keras.losses.Loss]:
    """A loss for each target.

    Losses that depend on the training rows (class counts, density of the labels) are
    made by their `from_data`.

    Args:
        recipe: The recipe.
        labels: Encoded labels of the training rows by target.

    Raises:
        ValueError: Unknown loss, or parameters that it does not take.
    """
    return {
        name: make_loss(name, target, labels[name])
        for name, target in recipe.task.targets.items()
    }


def make_loss(name: str, target: Target, labels: np.ndarray) -> keras.losses.Loss:
    """The loss of one target; see `make_losses`."""
    params = target.loss.params
    with blamed_on(f"`task.targets.{name}.loss`", params):
        maker = losses.get(target.loss.name)
        if hasattr(maker, "from_data"):
            count = None if target.kind == "regression" else len(target.classes)
            return maker.from_data(labels, num_classes=count, **params)
        return maker(**params)


def make_metrics(recipe: Recipe) -> dict[str, list[keras.metrics.Metric]]:
    """The metrics of each target, in its unit.

    Raises:
        ValueError: Unknown metric, or one that is not for such a target.
    """
    return {
        name: [
            _metric(f"task.targets.{name}.metrics", target, metric)
            for metric in logged_metrics(target)
        ]
        for name, target in recipe.task.targets.items()
    }


def logged_metrics(target: Target) -> list[str]:
    """The `metrics` of a target that training can show after each epoch."""
    return [name for name in target.metrics if _of_training(name)]


def _of_training(name: str) -> str | None:
    """The metric that shows a score, by default that of its name; None without."""
    if name not in scores.names():
        return name
    known = name if name in metrics._registry.names() else None
    return scores.get(name).metric or known


def _metric(key: str, target: Target, name: str) -> keras.metrics.Metric:
    with blamed_on(f"`{key}`", name):
        return _made_metric(target, name)


def _made_metric(target: Target, name: str) -> keras.metrics.Metric:
    known = _of_training(name)
    if target.kind == "regression":
        return metrics.InverseTransformed(
            metrics.get(known), target.transform, target.range, name=name
        )
    arguments = {"num_classes": len(target.classes)}
    if not metrics.takes(known, "num_classes"):
        arguments = {}
    return metrics.get(known, name=name, **arguments)


def make_optimizer(recipe: Recipe, steps: int) -> keras.optimizers.Optimizer:
    """The optimizer with its schedule.

    Args:
        recipe: The recipe.
        steps: Steps of the whole training.

    Raises:
        ValueError: Unknown optimizer or schedule, or parameters that it does not take.
    """
    params = dict(recipe.optimizer.params)
    if not isinstance(params.get("learning_rate"), int | float):
        raise ValueError(
            "`optimizer.learning_rate` must be given as a number. "
            f"Received: {params.get('learning_rate')!r}"
        )
    params["learning_rate"] = make_schedule(
        recipe.schedule, params["learning_rate"], steps
    )
    name = recipe.optimizer.name
    with blamed_on(f"`optimizer` {name}", recipe.optimizer.params):
        optimizer = optimizers.get(name, **params)
    # heads keep the full rate, and a frozen backbone has nothing else that learns
    if recipe.layer_decay < 1 and recipe.model.trainable:
        with blamed_on("`layer_decay`", recipe.layer_decay):
            return optimizers.with_layer_decay(optimizer, recipe.layer_decay)
    return optimizer
