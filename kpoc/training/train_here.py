"""The training itself, in this process: rows, model, epochs, what it leaves, cost."""

from __future__ import annotations

import keras

from kpoc.batches.pipeline import steps_per_epoch
from kpoc.runs.run import FINISHED, TRIED
from kpoc.training import cost, machine
from kpoc.training.checkpoint import Checkpoint
from kpoc.training.distribution.alone import Alone
from kpoc.training.fitting import fit_epochs
from kpoc.training.objective import objective_of
from kpoc.training.plan import Plan
from kpoc.training.watching import Watch


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

    objective = objective_of(recipe)
    prepared = objective.prepare(plan)
    train_rows, trained = prepared.rows["train"], prepared.trained
    steps, xla = steps_per_epoch(train_rows, recipe.batch_size), run.info["xla"]["used"]
    where.start(prepared.whole)
    objective.compile(prepared, recipe, steps, xla=xla)
    validation = where.validation_rows(
        trained, prepared.rows["validation"], recipe.batch_size
    )
    fitted = fit_epochs(
        recipe,
        run,
        trained,
        kept_epoch=objective.kept_epoch(recipe),
        whole=prepared.whole,
        batches=objective.batches(where.training_rows(train_rows), recipe),
        steps=steps,
        validation_data=objective.validation(validation, recipe),
        minutes=minutes,
        resumed=resumed,
        watch=watch,
    )
    where.finish(prepared.whole)
    if not where.is_first:
        return
    stopwatch = fitted.stopwatch
    spent = {
        **cost.speed(stopwatch, recipe.batch_size, steps, prepared.features_seconds),
        "epochs": len(stopwatch.epoch_seconds),
        "xla": xla,
    }
    is_trial = not len(prepared.rows["test"])
    if not is_trial:
        spent |= objective.leave(plan, prepared)
    # read last, for the peak of everything
    spent["peak_memory_bytes"] = fitted.memory.peak
    status = TRIED if is_trial else FINISHED
    run.write(status=status, best_epoch=fitted.best.number, cost=spent)
    if is_trial:
        run.best_weights.unlink(missing_ok=True)
    # after the note that it is finished: a kill in between must lose nothing
    run.checkpoint.unlink(missing_ok=True)
