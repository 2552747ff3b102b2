"""The weights that a training takes from the run that it goes on from."""

from __future__ import annotations

from collections.abc import Mapping

import keras

from kpoc import models
from kpoc.models.encoder import heads_of
from kpoc.models.transfer import backbone_differences, copy_heads
from kpoc.recipe import Recipe, load_recipe
from kpoc.runs.run import Run
from kpoc.training.plan import Plan
from kpoc.training.starting import StartError, run_of


def build_model(plan: Plan, initial: Mapping[str, float]) -> keras.Model:
    """The model that a recipe describes, with the weights of its `start`, if any.

    Args:
        plan: The plan; the run that it starts from is finished.
        initial: As in `kpoc.models.build`.

    Raises:
        ValueError: As `kpoc.models.build`; or the weights of the start do not fit:
            names the layers, with both shapes.
    """
    recipe = plan.recipe
    if recipe.start is None:
        return models.build(recipe.model, recipe.task, recipe.image_size, initial)
    run = run_of(plan.start)
    config = recipe.model.model_copy(update={"weights": str(run.path)})
    model = models.build(config, recipe.task, recipe.image_size, initial)
    if recipe.start.take == "all":
        try:
            copy_heads(heads_of(run.model()), heads_of(model))
        except ValueError as error:
            raise StartError(
                f"`start` with `take: all` must fit (here: {run.path}, there: "
                f"{recipe.name}): {error}"
            ) from error
    return model


def require_encoder_shape(recipe: Recipe) -> None:
    """Checks that the encoder of a start has the shape that a recipe's options ask for.

    Options that the recipe does not say are those of the start. Where only the weights
    of the start tell its shape, nothing is checked.

    Raises:
        StartError: It has not; names the layers, with both shapes.
    """
    start = recipe.start
    if start is None:
        return
    before = Run(start.run).recipe if start.run else load_recipe(start.recipe)
    theirs = before.model.options
    asked = {**theirs, **recipe.model.options}
    if asked == theirs or before.model.weights or before.start:
        return
    build = models.get_backbone(recipe.model.backbone).build
    ours, other = (build(recipe.image_size, **one) for one in (theirs, asked))
    if problems := backbone_differences(ours, other):
        raise StartError(
            f"`model.options` must fit the encoder of `start`, {before.name} (here), "
            f"whose own are {theirs}. Received: {recipe.model.options} (there): "
            + "; ".join(problems)
        )
