"""The training itself, in this process: rows, model, epochs, predictions, cost."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import keras
import numpy as np

from kpoc import models
from kpoc.data.augmentation.chain import make_augmentations
from kpoc.data.pipeline import (
    Rows,
    evaluation_batches,
    steps_per_epoch,
    training_batches,
)
from kpoc.files import atomic
from kpoc.models.stand_ins import StandIn, stand_in_for
from kpoc.recipe import Recipe
from kpoc.training import cost, features, machine
from kpoc.training.checkpoint import Checkpoint
from kpoc.training.components import make_losses, make_metrics, make_optimizer
from kpoc.training.distribution.alone import Alone
from kpoc.training.fitting import fit_epochs
from kpoc.training.plan import Plan
from kpoc.training.rows import load_rows, write_predictions
from kpoc.training.run import FINISHED, TRIED
from kpoc.training.watching import Watch


@dataclass(frozen=True)
class _Parts:
    """A model in the forms that a training needs, and the rows for them.

    Attributes:
        saved: What is saved.
        stand_in: What is trained in its place and predicts; itself, for most.
        trained: What is fitted: that, or its part after features computed once.
        rows: Of the splits; those that `trained` goes over have what it takes.
        features_seconds: Of features computed once; None without any.
    """

    saved: keras.Model
    stand_in: StandIn
    trained: keras.Model
    rows: dict[str, Rows]
    features_seconds: float | None

    @property
    def core(self) -> keras.Model:
        """What takes images and predicts."""
        return self.stand_in.model


def train_here(
    plan: Plan,
    resumed: Checkpoint | None,
    minutes: float,
    watch: Watch | None,
    where: Alone,
) -> None:
    """Trains what a plan laid out, into its run, which was begun.

    Args:
        plan: The plan.
        resumed: What to go on from; None for a training from the start.
        minutes: Time between checkpoints within an epoch.
        watch: Asked after each epoch whether to go on.
        where: The devices that it runs on.
    """
    recipe, run = plan.recipe, plan.run
    keras.utils.clear_session(free_memory=True)
    keras.utils.set_random_seed(recipe.seed)
    keras.config.set_dtype_policy(recipe.precision)
    machine.reset_peak_memory()

    augmentations = make_augmentations(recipe.augmentation)
    parts = _parts(plan, ("train",) if augmentations.needs_originals else ())
    train_rows = parts.rows["train"]
    steps = steps_per_epoch(train_rows, recipe.batch_size)
    where.start(parts.core)
    _compile(parts, recipe, steps, xla=run.info["xla"]["used"])
    batches = functools.partial(
        training_batches,
        where.training_rows(train_rows),
        recipe.batch_size,
        seed=recipe.seed,
        epochs=recipe.epochs,
        augmentations=augmentations,
    )
    validation = where.validation_rows(
        parts.trained, parts.rows["validation"], recipe.batch_size
    )
    fitted = fit_epochs(
        recipe,
        run,
        parts.trained,
        whole=parts.core,
        batches=lambda step: batches(first_step=step),
        steps=steps,
        validation_data=evaluation_batches(validation, recipe.batch_size),
        minutes=minutes,
        resumed=resumed,
        watch=watch,
    )
    where.finish(parts.core)
    if not where.is_first:
        return
    stopwatch = fitted.stopwatch
    spent = {
        **cost.speed(stopwatch, recipe.batch_size, steps, parts.features_seconds),
        "epochs": len(stopwatch.epoch_seconds),
        "xla": run.info["xla"]["used"],
    }
    is_trial = not len(parts.rows["test"])
    if not is_trial:
        spent |= _predict_and_save(plan, parts)
    # read last, for the peak of everything
    spent["peak_memory_bytes"] = fitted.memory.peak
    status = TRIED if is_trial else FINISHED
    run.write(status=status, best_epoch=fitted.best.number, cost=spent)
    if is_trial:
        run.best_weights.unlink(missing_ok=True)
    # after the note that it is finished: a kill in between must lose nothing
    run.checkpoint.unlink(missing_ok=True)


def _parts(plan: Plan, unkept: tuple[str, ...]) -> _Parts:
    """Rows and model; images of the splits of `unkept` are not kept decoded."""
    recipe = plan.recipe
    constant = features.are_constant(recipe)
    rows = load_rows(plan, features.SPLITS if constant else unkept)
    initial = {
        name: float(np.mean(rows["train"].labels[name]))
        for name, target in recipe.task.targets.items()
        if target.kind == "regression"
    }
    model = models.build(recipe.model, recipe.task, recipe.image_size, initial)
    entry = models.get_backbone(recipe.model.backbone)
    stand_in = stand_in_for(model.get_layer("core"), entry.stand_in)
    if constant and (made := _features(plan, stand_in.model, rows)):
        return _Parts(model, stand_in, made.head, rows | made.rows, made.seconds)
    return _Parts(model, stand_in, stand_in.model, rows, None)


def _features(
    plan: Plan, core: keras.Model, rows: dict[str, Rows]
) -> features.Features | None:
    xla = plan.run.info["xla"]["used"]
    made = features.compute_once(
        core,
        rows,
        {name: plan.manifest.column(name, "sha256") for name in features.SPLITS},
        plan.recipe.batch_size,
        xla,
    )
    plan.run.write(features={"computed": "once" if made else "in every epoch"})
    if made:
        core.jit_compile = xla
    return made


def _compile(parts: _Parts, recipe: Recipe, steps: int, *, xla: bool) -> None:
    parts.trained.compile(
        optimizer=make_optimizer(recipe, steps * recipe.epochs),
        loss=make_losses(recipe, parts.rows["train"].labels),
        loss_weights={name: t.weight for name, t in recipe.task.targets.items()},
        metrics=make_metrics(recipe),
        jit_compile=xla,
    )


def _predict_and_save(plan: Plan, parts: _Parts) -> dict[str, object]:
    """Predictions of the best epoch and the model; gives what they cost."""
    run, core = plan.run, parts.core
    core.load_weights(run.best_weights)
    write_predictions(plan, parts.trained, parts.rows["validation"], "validation")
    seconds = write_predictions(plan, core, parts.rows["test"], "test")
    run.write(**parts.stand_in.give_back())
    file = run.path / "model.keras"
    with atomic(file) as part:
        parts.saved.save(part)
    return {
        "evaluation_seconds": seconds,
        "latency_ms": cost.latency_ms(core, plan.recipe.image_size),
        **cost.size(core, file),
    }
