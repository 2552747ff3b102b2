"""What of a recipe cannot be trained, found by making it, before anything is begun."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator

import numpy as np
import pandas as pd

from kpoc import models
from kpoc.augmentation.chain import make_augmentations
from kpoc.batches.sampling import SAMPLINGS
from kpoc.batches.targets import encode
from kpoc.ground.schema import SchemaError, nearest, problems_error, validate
from kpoc.inference.view import make_view
from kpoc.protocols.resampling import RESAMPLINGS
from kpoc.recipe import Recipe, Target, load_recipe
from kpoc.training.components import (
    logged_metrics,
    make_loss,
    make_metrics,
    make_optimizer,
)
from kpoc.training.group_metrics import watched_name
from kpoc.training.handover import require_encoder_shape
from kpoc.training.objective import objective_of

_STEPS = 100


def recipe_problems(recipe: Recipe) -> list[str]:
    """What keeps a recipe from being trained, whatever its rows are.

    The parts that it names are made, with labels that stand for those of any rows:
    optimizer, schedule, losses, metrics, objective, augmentation, resampling, sampling,
    and the backbone's options. What early stopping watches must be a log of the
    training.

    Returns:
        One sentence a problem.
    """
    return [problem for check in _CHECKS for problem in check(recipe)]


def require_trainable(*recipes: Recipe) -> None:
    """Refuses recipes with problems, all at once.

    Raises:
        SchemaError: Lists them.
    """
    if found := _problems(recipes):
        raise problems_error("what is to be trained", found)


def _problems(recipes: Iterable[Recipe]) -> list[str]:
    """The problems of recipes, each said once, with the recipe's name."""
    named = (
        f"{recipe.name}: {problem}"
        for recipe in recipes
        for problem in recipe_problems(recipe)
    )
    return list(dict.fromkeys(named))


def main() -> None:
    """Reads recipes as JSON from standard input, prints their problems as JSON."""
    recipes = [load_recipe(content) for content in json.load(sys.stdin)]
    print(json.dumps(_problems(recipes)))


def _said(make: Callable[[], object]) -> list[str]:
    """What an attempt says that is wrong."""
    try:
        make()
    except SchemaError as error:
        return error.problems
    except (ValueError, TypeError) as error:
        return [str(error)]
    return []


def _optimizer(recipe: Recipe) -> list[str]:
    return _said(lambda: make_optimizer(recipe, _STEPS))


def _losses(recipe: Recipe) -> Iterator[str]:
    for name, target in recipe.task.targets.items():
        yield from _said(lambda n=name, t=target: make_loss(n, t, _any_labels(t)))


def _metrics(recipe: Recipe) -> list[str]:
    return _said(lambda: make_metrics(recipe))


def _any_labels(target: Target) -> np.ndarray:
    """Labels of rows that might be: each class, or values all over the range."""
    if target.kind == "regression":
        values = np.linspace(*target.range, _STEPS)
    else:
        values = np.repeat(target.classes, 2)
    return encode(target, pd.Series(values))


def _objective(recipe: Recipe) -> list[str]:
    return _said(lambda: objective_of(recipe))


def _augmentation(recipe: Recipe) -> list[str]:
    return _said(lambda: make_augmentations(recipe.augmentation))


def _rows(recipe: Recipe) -> Iterator[str]:
    ways = [("resampling", RESAMPLINGS, one) for one in recipe.resampling]
    if recipe.sampling:
        ways.append(("sampling", SAMPLINGS, recipe.sampling))
    for key, registry, one in ways:
        where = f"`{key}` {one.name}"
        yield from _said(
            lambda r=registry, o=one, w=where: validate(r.get(o.name), o.params, w)
        )


def _backbone(recipe: Recipe) -> list[str]:
    model = recipe.model
    found = _said(lambda: models.get_backbone(model.backbone))
    if found:
        return found
    entry = models.get_backbone(model.backbone)
    found = _said(lambda: entry.check_options(model.options))
    found += _said(lambda: entry.resolve(model.weights))
    if recipe.image_size < entry.smallest:
        found.append(
            f"`image_size` must be at least {entry.smallest} for the backbone "
            f"{entry.name}. Received: {recipe.image_size}"
        )
    return found


def _monitor(recipe: Recipe) -> list[str]:
    stopping = recipe.early_stopping
    logs = log_names(recipe)
    if stopping is None or stopping.monitor in logs:
        return []
    return [
        "`early_stopping.monitor` must be a log of the training. "
        f"{nearest(stopping.monitor, logs)} Received: {stopping.monitor!r}"
    ]


def log_names(recipe: Recipe) -> list[str]:
    """What a supervised training logs after each epoch, as early stopping names it.

    Example:
        >>> from kpoc.recipe import load_recipe
        >>> "val_tribe_macro_f1" in log_names(load_recipe("portraits/baseline"))
        True
    """
    several = len(recipe.task.targets) > 1
    plain = ["loss"]
    for name, target in recipe.task.targets.items():
        start = f"{name}_" if several else ""
        plain += [f"{name}_loss"] if several else []
        plain += [f"{start}{metric}" for metric in logged_metrics(target)]
        plain += [f"{start}{watched_name(one)}" for one in target.watch]
    return [*plain, *(f"val_{name}" for name in plain)]


def _start(recipe: Recipe) -> list[str]:
    return _said(lambda: require_encoder_shape(recipe))


def _inference(recipe: Recipe) -> list[str]:
    asked = recipe.inference and recipe.inference.beside(recipe.image_size)
    if not asked:
        return []
    found = _said(lambda: make_view(asked.views))
    if asked.image_size and not _backbone(recipe):
        found += _said(lambda: _at_size(recipe, asked.image_size))
    return found


def _at_size(recipe: Recipe, image_size: int) -> None:
    model = recipe.model
    entry = models.get_backbone(model.backbone)
    if entry.reads == "huggingface" and model.weights not in (
        None,
        *entry.weight_names,
    ):
        # only the folder tells the shape of the model
        entry.check_size(image_size)
        return
    built = entry.build(recipe.image_size, **model.options)
    models.Encoder(built).at(image_size)


_CHECKS = (
    _optimizer,
    _losses,
    _metrics,
    _objective,
    _augmentation,
    _rows,
    _backbone,
    _monitor,
    _start,
    _inference,
)


if __name__ == "__main__":
    main()
