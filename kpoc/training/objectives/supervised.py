"""Supervised learning: the targets' losses on labelled images."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from kpoc import models
from kpoc.augmentation.chain import make_augmentations
from kpoc.batches.pipeline import Rows, evaluation_batches, training_batches
from kpoc.batches.targets import encode
from kpoc.ground.files import atomic
from kpoc.inference.predictor import Predictor
from kpoc.models.grouped import GroupAware
from kpoc.models.stand_ins import StandIn, stand_in_for
from kpoc.training import cost, features
from kpoc.training.components import make_losses, make_metrics, make_optimizer
from kpoc.training.group_metrics import group_columns, make_group_metrics
from kpoc.training.handover import build_model
from kpoc.training.objective import Needs, Objective, Prepared, register_objective
from kpoc.training.rows import load_rows, write_predictions

if TYPE_CHECKING:
    from kpoc.recipe import Recipe
    from kpoc.training.plan import Plan


@dataclass(frozen=True)
class _Prepared(Prepared):
    """What supervised training prepares.

    Attributes:
        saved: What is saved.
        stand_in: What is trained in its place and predicts; itself, for most.
    """

    saved: keras.Model | None = None
    stand_in: StandIn | None = None


@register_objective("supervised")
class Supervised(Objective):
    """One loss a target, summed with the targets' weights."""

    def needs(self, recipe: Recipe) -> Needs:
        """See `Objective.needs`."""
        return Needs(groups=group_columns(recipe))

    def prepare(self, plan: Plan) -> Prepared:
        """See `Objective.prepare`."""
        recipe = plan.recipe
        initial = {
            name: float(np.mean(encode(target, plan.manifest.column("train", name))))
            for name, target in recipe.task.targets.items()
            if target.kind == "regression"
        }
        # before images are decoded: weights may be missing, or of another shape
        model = build_model(plan, initial)
        constant = features.are_constant(recipe)
        # originals are decoded again in every epoch, features are computed once
        originals = make_augmentations(recipe.augmentation).needs_originals
        unkept = features.SPLITS if constant else ("train",) if originals else ()
        rows = load_rows(plan, unkept, self.needs(recipe))
        entry = models.get_backbone(recipe.model.backbone)
        stand_in = stand_in_for(model.get_layer("core"), entry.stand_in)
        core = trained = stand_in.model
        seconds = None
        if constant and (made := _features(plan, core, rows)):
            trained, rows, seconds = made.head, rows | made.rows, made.seconds
        if metrics := make_group_metrics(recipe, plan.manifest):
            trained = GroupAware.of(trained, metrics)
        return _Prepared(trained, core, rows, seconds, model, stand_in)

    def compile(
        self, prepared: Prepared, recipe: Recipe, steps: int, *, xla: bool
    ) -> None:
        """See `Objective.compile`."""
        prepared.trained.compile(
            optimizer=make_optimizer(recipe, steps * recipe.epochs),
            loss=make_losses(recipe, prepared.rows["train"].labels),
            loss_weights={name: t.weight for name, t in recipe.task.targets.items()},
            metrics=make_metrics(recipe),
            jit_compile=xla,
        )

    def batches(self, rows: Rows, recipe: Recipe) -> Callable[[int], Any]:
        """See `Objective.batches`."""
        batches = functools.partial(
            training_batches,
            rows,
            recipe.batch_size,
            seed=recipe.seed,
            epochs=recipe.epochs,
            augmentations=make_augmentations(recipe.augmentation),
        )
        return lambda step: batches(first_step=step)

    def validation(self, rows: Rows, recipe: Recipe) -> Any:
        """See `Objective.validation`."""
        return evaluation_batches(rows, recipe.batch_size)

    def kept_epoch(self, recipe: Recipe) -> tuple[str, str]:
        """See `Objective.kept_epoch`."""
        stopping = recipe.early_stopping
        return (stopping.monitor, stopping.mode) if stopping else ("val_loss", "min")

    def leave(self, plan: Plan, prepared: _Prepared) -> Mapping[str, object]:
        """Predictions of the best epoch and the model; see `Objective.leave`."""
        run, core, rows = plan.run, prepared.whole, prepared.rows
        core.load_weights(run.best_weights)
        write_predictions(plan, prepared.trained, rows["validation"], "validation")
        seconds = write_predictions(plan, core, rows["test"], "test")
        run.write(**prepared.stand_in.give_back())
        file = run.model_file
        with atomic(file) as part:
            prepared.saved.save(part)
        recipe = plan.recipe
        asked = Predictor(core, recipe.task.targets, recipe.image_size)
        return {
            "evaluation_seconds": seconds,
            "latency_ms": asked.latency_ms(),
            **cost.size(core, file),
        }


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
